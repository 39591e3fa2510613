/* catalog_testing: the set-up of this room's tests: an App with the rooms up to this one. */
#ifndef YIWANG_CATALOG_TESTING_H
#define YIWANG_CATALOG_TESTING_H
#include "core/app_testing.h"
#include "catalog/catalog.h"
#include <sys/stat.h>

static const Module *const modules[] = {&core_module, &evidence_module, &people_module, &catalog_module};

static int setup(StoreEngine engine) {
	app_for_test(engine, modules, sizeof modules / sizeof *modules);
	return 0;
}
#endif
