# libFuzzer targets: tests/fuzz/x_fuzz.c, linked with what they reach (make SAN=fuzz fuzz-targets).
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,$(BUILD)/targets/%,$(wildcard tests/fuzz/*_fuzz.c))
# whole rooms, and of big rooms the files that the targets reach: a symbol missing at the link is in a file to be added here
FUZZ_SOURCES := $(foreach r,base seal net store core evidence notice catalog,$(call room_src,$(r))) $(wildcard $(addprefix src/, \
	people/authenticate.c people/grant_end.c people/meter.c people/roles.c people/way.c \
	place/address_parse.c place/crossing_parse.c place/geos.c place/raster.c place/shape.c \
	event/photo_heic.c event/photo_meta.c \
	exchange/reader_*.c exchange/adapter_cell.c exchange/carrier_files.c exchange/geometry_wkb.c exchange/odbc.c exchange/receipt.c \
	cascade/frame.c \
	app/answer.c app/dispatch.c app/idempotency.c app/input.c app/match.c app/pool.c app/problem.c app/static.c))
.PHONY: fuzz-targets
fuzz-targets: $(FUZZ_TARGETS)
$(BUILD)/libfuzz.a: $(call obj,$(filter-out %_test.c,$(FUZZ_SOURCES)))
	@mkdir -p $(@D)
	@rm -f $@ && ar rcs $@ $^
$(BUILD)/targets/%: tests/fuzz/%.c $(wildcard tests/fuzz/*.h) $(BUILD)/libfuzz.a
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer $< $(BUILD)/libfuzz.a $(ALL_LIBS) -o $@
