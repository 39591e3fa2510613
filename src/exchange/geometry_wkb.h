/* GeoJSON geometries (RFC 7946) as GeoPackage geometry blobs (OGC 12-128r19, 2.1.3): header with envelope, then WKB,
 * little-endian, two dimensions. */
#ifndef YIWANG_EXCHANGE_GEOMETRY_WKB_H
#define YIWANG_EXCHANGE_GEOMETRY_WKB_H
#include "base/base.h"

/* Adds the blob of a geometry in degrees lon/lat to out: 0, or -1 when the text is no geometry (out is as before). Heights are
 * left out. At most 16 collections inside each other. */
int geometry_blob(Text geojson, int32_t srs_id, Buf *out);
void point_blob(double lon, double lat, int32_t srs_id, Buf *out);
/* The box that all blobs so far lie in. */
typedef struct GeometryBox {
	double min_x, min_y, max_x, max_y;
	bool any;
} GeometryBox;
/* Reads the envelope (or the point) back out of a blob made here. */
void geometry_box_add(GeometryBox *box, Text blob);
#endif
