/* portal: what the city opens to anybody. Openings (asked by the supplier, checked, reviewed by the data bureau), the public
 * pages under /open, downloads, CKAN's action API, DCAT-AP, messages and ratings of the public; what the public and its
 * programs report of the city (Open311). Records are read through record/ alone. */
#ifndef YIWANG_PORTAL_PORTAL_H
#define YIWANG_PORTAL_PORTAL_H
#include "event/event.h"

extern const Module portal_module;
#endif
