/* notice: the room's rows in the program's tables. */
#include "notice/notice.h"

const Module notice_module = {.name = "notice"};
