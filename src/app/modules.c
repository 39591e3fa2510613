/* modules: every room of the program, bottom first: the order of migrations and starts; stops go the other way. */
#include "app/app.h"
#include "cascade/cascade.h"
#include "casework/casework.h"
#include "compare/compare.h"
#include "emergency/emergency.h"
#include "exchange/exchange.h"
#include "form/form.h"
#include "intake/intake.h"
#include "life/life.h"
#include "measure/measure.h"
#include "partner/partner.h"
#include "portal/portal.h"
#include "verify/verify.h"

const Module *const app_modules_list[] = {
    &core_module,          &evidence_module, &people_module,  &notice_module,    &place_module,   &place_draft_module,
    &place_address_module, &catalog_module,  &record_module,  &map_module,       &style_module,   &quarantine_module,
    &casework_module,      &event_module,    &hotline_module, &emergency_module, &form_module,    &verify_module,
    &compare_module,       &exchange_module, &intake_module,  &partner_module,   &cascade_module, &measure_module,
    &assess_module,        &life_module,     &portal_module,  &app_module,
};
const size_t app_modules_list_count = sizeof app_modules_list / sizeof app_modules_list[0];
