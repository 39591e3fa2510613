/* Permissions: X(NAME, "stable name", "what it lets a person do"). Roles map to sets of them in people/. */
#ifndef YIWANG_CORE_PERMISSION_H
#define YIWANG_CORE_PERMISSION_H
#define PERMISSIONS(X)                                                                                                           \
	X(PERMIT_UNSET, "unset", "a route row that forgot its permission: refused at start-up")                                  \
	X(PERMIT_OPEN, "open", "no login needed (written out on purpose)")                                                       \
	X(PERMIT_LOGIN, "login", "any logged-in party")                                                                          \
	X(PERMIT_SYSTEM, "system", "accounts' technical side, settings, sources, packs: system administrator")                   \
	X(PERMIT_SECURITY, "security", "roles, unlocking, password resets: security administrator")                              \
	X(PERMIT_AUDIT, "audit", "search, export and verify evidence: auditor")                                                  \
	X(PERMIT_CATALOG_READ, "catalog.read", "read published catalogue entries")                                               \
	X(PERMIT_CATALOG_EDIT, "catalog.edit", "draft and change entries of one's own organisation")                             \
	X(PERMIT_CATALOG_REVIEW, "catalog.review", "review, publish, return and withdraw entries")                               \
	X(PERMIT_LOAD, "load", "upload, run jobs, mend quarantine for resources of one's own organisation")                      \
	X(PERMIT_JOBS_READ, "jobs.read", "see jobs and receipts (own organisation; the data bureau sees all)")                   \
	X(PERMIT_GRANT, "grant", "grant access to resources of one's own organisation")                                          \
	X(PERMIT_DATA_READ, "data.read", "query records under a grant (or own organisation's resources, masked)")                \
	X(PERMIT_KEYS, "keys", "make and revoke API keys of service accounts of one's own organisation")                         \
	X(PERMIT_ASK, "ask", "ask for the use of other organisations' resources")                                                \
	X(PERMIT_DECIDE, "decide", "decide requests for resources of one's own organisation, answer for its requests")           \
	X(PERMIT_SUPERVISE, "supervise", "see all requests, check, rule, urge and call the parties together; processes")         \
	X(PERMIT_CALENDAR, "calendar", "publish the days of a year that are free or worked")                                     \
	X(PERMIT_CASCADE, "cascade", "see the nodes above and below, their streams and what was exchanged")                      \
	X(PERMIT_ACCOUNTS_READ, "accounts.read", "see accounts with their roles and state: system and security administrators")  \
	X(PERMIT_PLACE_READ, "place.read", "see areas, who is on duty, and the map")                                             \
	X(PERMIT_PLACE_EDIT, "place.edit", "import and mend boundaries, name grid officers and duty units")                      \
	X(PERMIT_EVENT_REPORT, "event.report", "report events, verify and check on site in one's own areas")                     \
	X(PERMIT_EVENT_HANDLE, "event.handle", "handle events dispatched to one's own organisation")                             \
	X(PERMIT_EVENT_DISPATCH, "event.dispatch", "accept, file, dispatch, check and close events of one's own centre")         \
	X(PERMIT_EVENT_SUPERVISE, "event.supervise", "approve pauses and extensions, supervise, rule, score; duty lists")        \
	X(PERMIT_HOTLINE, "hotline", "take calls and messages of 12345, see callers who are not confidential")                   \
	X(PERMIT_NOTICE, "notice", "send notices to roles and organisations")

typedef enum Permission {
#define X(name, text, doc) name,
	PERMISSIONS(X)
#undef X
	    PERMISSION_COUNT
} Permission;
#define PERMIT_BIT(permission) (UINT64_C(1) << (permission))
#endif
