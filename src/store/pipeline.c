/* pipeline: many one-row reads of PostgreSQL that share round trips. */
#include "store/store_parts.h"
void pipeline_stop(Store *store) {
}
