/* What the process of a database driver may use. */
#ifndef YIWANG_EXCHANGE_ODBC_LIMITS_H
#define YIWANG_EXCHANGE_ODBC_LIMITS_H

enum { ODBC_NO_LIMITS = 3 }; /* exit status of a process that could not be limited */
/* For this process, for good; before any driver is loaded. The working directory is the folder of targets. 0 or -1. */
int odbc_limits_set(void);
#endif
