# Yiwang 一网. `make help` lists the verbs. BUILD=dir builds elsewhere; SAN=asan|tsan|fuzz adds a sanitizer.
BUILD ?= build
ROOMS := base seal net store core evidence people notice place catalog record casework event hotline emergency form exchange verify compare intake partner cascade measure life portal app
PKGS  := libmicrohttpd sqlite3 libpq libargon2 libcrypto jansson yaml-0.1 lua5.4 icu-uc icu-i18n libcurl zlib expat xlsxwriter odbc geos proj
CC    ?= gcc
# CPPFLAGS and LDLIBS ask pkg-config once
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
WARN  := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wno-unused-parameter -Wno-missing-field-initializers -Werror
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -Isrc $(PKG_CFLAGS) $(WARN) $(CFLAGS) $(SAN_CFLAGS) -pthread
ALL_LIBS   = $(PKG_LIBS) -lm -pthread

# -g1: a report's stack has files and lines, which is what it needs
ifeq ($(SAN),asan)
SAN_CFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -DARENA_DEBUG -O1 -g1 -Wno-format-truncation -Wno-maybe-uninitialized
override BUILD := $(BUILD)/asan
endif
ifeq ($(SAN),tsan)
SAN_CFLAGS := -fsanitize=thread -O1 -g1 -Wno-format-truncation -Wno-maybe-uninitialized
override BUILD := $(BUILD)/tsan
endif
ifeq ($(SAN),fuzz)
CC := clang
SAN_CFLAGS := -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=undefined -DARENA_DEBUG -O1 -g1 -Wno-unknown-warning-option
override BUILD := $(BUILD)/fuzz
endif

# --- sources: a room is a folder; x_test.c sits beside x.c -----------------------------------------------------------
room_src  = $(filter-out %_test.c,$(wildcard src/$(1)/*.c))
room_test = $(wildcard src/$(1)/*_test.c)
obj       = $(patsubst src/%.c,$(BUILD)/obj/%.o,$(1))
# the libraries a room's tests link: itself and every room listed before it, upper rooms first for the linker
below     = $(if $(filter $(1),$(firstword $(2))),$(1),$(firstword $(2)) $(call below,$(1),$(wordlist 2,99,$(2))))
reverse   = $(if $(1),$(call reverse,$(wordlist 2,99,$(1))) $(firstword $(1)))
room_libs = $(patsubst %,$(BUILD)/lib%.a,$(call reverse,$(call below,$(1),$(ROOMS))))

SOURCES := $(foreach r,$(ROOMS),$(call room_src,$(r)))
TESTS   := $(foreach r,$(ROOMS),$(patsubst src/%.c,$(BUILD)/unit/%,$(call room_test,$(r))))

.PHONY: all
all: $(BUILD)/yiwang

$(BUILD)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@ || { echo "failed: $<$(if $(PKG_LIBS),, (libraries are missing: make setup installs them))"; exit 1; }

define room_rules
$(BUILD)/lib$(1).a: $$(call obj,$$(call room_src,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@ && ar rcs $$@ $$^
$(BUILD)/unit/$(1)/%: $(BUILD)/obj/$(1)/%.o $(call room_libs,$(1))
	@mkdir -p $$(@D)
	@$$(CC) $$(ALL_CFLAGS) $$< $(call room_libs,$(1)) $$(ALL_LIBS) -lcmocka -o $$@
endef
$(foreach r,$(ROOMS),$(eval $(call room_rules,$(r))))

# main.c is in app/, so the archive holds it
$(BUILD)/yiwang: $(call room_libs,app)
	@$(CC) $(ALL_CFLAGS) -Wl,--whole-archive $(BUILD)/libapp.a -Wl,--no-whole-archive $(call room_libs,app) $(ALL_LIBS) -o $@
	@echo "built $@"

# make unit [ROOM="store net app/app_test"]: unit tests of some rooms, some tests, or all
.PHONY: unit
unit: $(if $(ROOM),$(filter $(ROOM:%=$(BUILD)/unit/%) $(ROOM:%=$(BUILD)/unit/%/%),$(TESTS)),$(TESTS))
	@BUILD=$(BUILD) tools/run-unit.sh $^

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
.SECONDARY:
include make.d/*.mk
