/* form: the room's rows in the program's tables. */
#include "form/form.h"

const Module form_module = {.name = "form"};
