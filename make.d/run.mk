# Verbs for people: run, test, check, bench, asan, fuzz, fix.
DEMO ?= run/demo
LISTEN ?= 127.0.0.1:8080

.PHONY: help setup web run test e2e check bench asan tsan fuzz fix clean
help:
	@echo "make            build $(BUILD)/yiwang"
	@echo "make run        install what is missing, build, create the demo city, serve http://$(LISTEN) (LISTEN=address:port)"
	@echo "make setup      install all that the verbs below need"
	@echo "make test       install what is missing, then every test (units, end to end on both stores, pages)"
	@echo "make check      format, room layers, SQL on both engines, routes, docs"
	@echo "make bench      benchmarks beside their peers, into build/bench.jsonl"
	@echo "make asan       unit and end-to-end tests under ASan and UBSan"
	@echo "make fuzz       every fuzz target, FUZZ_SECONDS in all (default 180)"
	@echo "make fix        formats the C sources"

setup:
	@tools/setup.sh

web/dist/index.html: $(shell find web/src web/public web/index.html web/package.json web/vite.config.ts 2>/dev/null)
	@tools/build-web.sh
web: web/dist/index.html

run:
	@tools/setup.sh run
	@$(MAKE) -s -q all 2>/dev/null || echo "compiling $(BUILD)/yiwang"
	@$(MAKE) -s -j$$(nproc) all web
	@[ -e $(DEMO)/yiwang.db ] || { echo "making the demo city in $(DEMO)"; $(BUILD)/yiwang init $(DEMO) --demo; }
	@echo "logins are in $(DEMO)/first-credentials.txt; stop with Ctrl-C"
	@exec $(BUILD)/yiwang serve $(DEMO) --listen $(LISTEN)

test: setup
	@tools/test.sh

e2e: all web
	@tools/e2e.sh $(E2E)

check:
	@tools/check.sh

asan:
	@SAN=asan tools/test.sh

tsan:
	@$(MAKE) --no-print-directory SAN=tsan unit

FUZZ_SECONDS ?= 180
fuzz:
	@tools/fuzz.sh $(FUZZ_SECONDS)

bench: all
	@bench/run.sh

fix:
	@find src bench tests \( -name '*.c' -o -name '*.h' \) -print0 | xargs -0 -r clang-format -i

clean:
	@rm -rf build web/dist
