#ifndef CAMET_SYSTEM_CALLS_H
#define CAMET_SYSTEM_CALLS_H

/// Lets no thread of this process become another program. Returns 0, also where the system has no filters, or the errno.
int camet_forbid_programs(void);

#endif
