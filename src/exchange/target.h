/* Targets: databases, folders, SFTP servers and HTTP endpoints of receivers that deliveries write to. Made by the system
 * administrator for one organisation, used by its data officers. The address with its secrets is kept locked (AES-256-GCM under
 * the installation's key) and never goes out. */
#ifndef YIWANG_EXCHANGE_TARGET_H
#define YIWANG_EXCHANGE_TARGET_H
#include "record/record.h"

/* The connection URL, with its password, of a target of that organisation (0 = of any: the system's own jobs): in rq->arena. */
int target_url(Request *rq, int64_t target_id, int64_t org_id, char **url, char **name);

bool target_folder_good(Text value); /* what setting deliveries.folder may be */
/* Folder targets/ of the state directory, where files of targets lie; made when it is missing. */
const char *target_folder(Request *rq);

int target_list(Request *rq);
int target_post(Request *rq);
int target_show(Request *rq);   /* as an administrator changes it: without secrets, with what uses it */
int target_change(Request *rq); /* what is left out of the address stays */
int target_remove(Request *rq); /* refused while deliveries use it */
int target_test(Request *rq);
int target_try(Request *rq); /* an address that is not kept */
#endif
