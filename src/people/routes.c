/* routes: this room's one table of routes; handlers and fields sit in the files named there.
 * Thread: read-only. Lifetime: the program. */
#include "people/people_private.h"

const Route people_routes[] = {
    /* session.c */
    {"POST", "/api/v1/session", PERMIT_OPEN, LANE_READ, session_post, "session.login", "Logs in; sets the session cookie.",
     .inputs = session_login_inputs, .outputs = session_outputs, .body_max = 4096, .flags = ROUTE_NO_EVIDENCE},
    {"GET", "/api/v1/session", PERMIT_LOGIN, LANE_READ, session_get, "session.get", "Says who is logged in and what they may do.",
     .outputs = session_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"DELETE", "/api/v1/session", PERMIT_LOGIN, LANE_WRITE, session_delete, "session.logout", "Logs out.", .inputs = NULL},
    {"POST", "/api/v1/session/password", PERMIT_LOGIN, LANE_READ, password_post, "session.password",
     "Changes the own password; other sessions of the account end.", .inputs = session_password_inputs, .body_max = 4096,
     .flags = ROUTE_NO_EVIDENCE},
    /* account.c */
    {"GET", "/api/v1/orgs", PERMIT_LOGIN, LANE_READ, orgs_get, "org.list", "Lists organisations.",
     .outputs = account_orgs_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"POST", "/api/v1/orgs", PERMIT_SYSTEM, LANE_WRITE, orgs_post, "org.create", "Makes an organisation.",
     .inputs = account_org_inputs, .outputs = account_org_outputs},
    {"GET", "/api/v1/accounts", PERMIT_ACCOUNTS_READ, LANE_READ, accounts_get, "account.list",
     "Lists accounts with roles and state.", .inputs = account_list_inputs, .outputs = account_accounts_outputs},
    {"POST", "/api/v1/accounts", PERMIT_SYSTEM, LANE_READ, accounts_post, "account.create",
     "Makes an account without roles; a person's one-time password is shown once.", .inputs = account_inputs,
     .outputs = account_created_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"PATCH", "/api/v1/accounts/{id}", PERMIT_SYSTEM, LANE_WRITE, account_patch, "account.change",
     "Changes name, organisation or state of an account.", .inputs = account_patch_inputs, .outputs = account_outputs},
    {"PUT", "/api/v1/accounts/{id}/roles", PERMIT_SECURITY, LANE_WRITE, roles_put, "account.roles",
     "Sets the roles of another account; exclusive groups are enforced.", .inputs = account_roles_inputs,
     .outputs = account_outputs},
    {"POST", "/api/v1/accounts/{id}/unlock", PERMIT_SECURITY, LANE_WRITE, account_unlock, "account.unlock",
     "Unlocks an account after failed logins.", .inputs = account_one_inputs, .outputs = account_outputs},
    {"POST", "/api/v1/accounts/{id}/password", PERMIT_SECURITY, LANE_READ, password_reset, "account.password",
     "Sets a one-time password, shown once, and ends the account's sessions.", .inputs = account_one_inputs,
     .outputs = account_reset_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"GET", "/api/v1/service-accounts", PERMIT_LOGIN, LANE_READ, services_get, "account.services",
     "Lists service accounts of all organisations, to grant access to.", .inputs = account_service_inputs,
     .outputs = account_services_outputs, .flags = ROUTE_NO_EVIDENCE},
    /* key.c */
    {"GET", "/api/v1/accounts/{id}/keys", PERMIT_KEYS, LANE_READ, keys_get, "key.list", "Lists keys of a service account.",
     .inputs = key_account_inputs, .outputs = key_keys_outputs},
    {"POST", "/api/v1/accounts/{id}/keys", PERMIT_KEYS, LANE_READ, keys_post, "key.create",
     "Makes a key for a service account of one's own organisation; it is shown once.", .inputs = key_inputs,
     .outputs = key_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"DELETE", "/api/v1/keys/{id}", PERMIT_KEYS, LANE_WRITE, key_delete, "key.revoke", "Revokes a key at once.",
     .inputs = key_one_inputs},
    /* grant.c */
    {"GET", "/api/v1/grants", PERMIT_CATALOG_READ, LANE_READ, grants_get, "grant.list",
     "Lists grants one's organisation gave or got (the data bureau: all).", .inputs = grant_list_inputs,
     .outputs = grant_list_outputs},
    {"POST", "/api/v1/grants", PERMIT_GRANT, LANE_WRITE, grants_post, "grant.create",
     "Grants an account fields of a resource of one's own organisation.", .inputs = grant_inputs, .outputs = grant_outputs},
    {"GET", "/api/v1/grants/{id}", PERMIT_CATALOG_READ, LANE_READ, grant_get, "grant.get", "Gives one grant.",
     .inputs = grant_one_inputs, .outputs = grant_outputs},
    {"POST", "/api/v1/grants/{id}/revoke", PERMIT_GRANT, LANE_WRITE, grant_revoke, "grant.revoke", "Ends a grant at once.",
     .inputs = grant_revoke_inputs, .outputs = grant_outputs},
};
_Static_assert(sizeof people_routes / sizeof *people_routes == PEOPLE_ROUTES, "people.c declares how many there are");
