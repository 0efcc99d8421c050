#include "camet_process.h"
