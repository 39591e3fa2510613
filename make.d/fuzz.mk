# libFuzzer targets: tests/fuzz/x_fuzz.c, linked with every room's library (make SAN=fuzz fuzz-targets).
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,$(BUILD)/targets/%,$(wildcard tests/fuzz/*_fuzz.c))
.PHONY: fuzz-targets
fuzz-targets: $(FUZZ_TARGETS)
$(BUILD)/targets/%: tests/fuzz/%.c $(wildcard tests/fuzz/*.h) $(call room_libs,app)
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer $< $(call room_libs,app) $(ALL_LIBS) -o $@
