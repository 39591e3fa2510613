/* form: forms bound to fields of resources (一表通): prefilled with what is known, asking only for gaps. */
#ifndef YIWANG_FORM_FORM_H
#define YIWANG_FORM_FORM_H
#include "hotline/hotline.h"

extern const Module form_module;
#endif
