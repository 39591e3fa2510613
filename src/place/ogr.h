/* Files of other systems made into GeoJSON by GDAL's ogr2ogr, in a process of its own that may use little (base/cage.h). */
#ifndef YIWANG_PLACE_OGR_H
#define YIWANG_PLACE_OGR_H
#include "place/internal.h"
#include <stdio.h>

enum { OGR_SECONDS = 300, OGR_LINE_MAX = 32 << 20 };
typedef struct OgrLayer {
	const char *name, *geometry; /* "Polygon" */
	int epsg;                    /* of the file; 0 = it does not say */
} OgrLayer;
typedef struct OgrSource {
	const char *path;     /* the file, read only */
	const char *layer;    /* NULL = the only one with polygons */
	const char *encoding; /* of a Shapefile's texts, or NULL: what the file says */
	int crs;              /* as a person named it (place_crs_parse); 0 = what the file says */
} OgrSource;
typedef struct OgrResult {
	const char *format; /* "GeoJSON", "Shapefile", "GeoPackage" */
	OgrLayer layer;
	int crs;    /* by which the coordinates were read */
	FILE *file; /* a GeoJSON Feature a line, CGCS2000 degrees but for GCJ-02 and BD-09; closed with the arena */
} OgrResult;
/* Waits for the process, OGR_SECONDS at most: not in a write. 0, ERR_INVALID (field "file", "crs" or "layer" and why), ERR_IO. */
int ogr_read(Request *rq, const OgrSource *source, OgrResult *out);
#endif
