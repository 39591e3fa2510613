# Programs of bench/. evidence_bench uses what the room's tests share, so it links all the rooms.
$(BUILD)/evidence_bench: bench/evidence_bench.c $(call room_libs,app)
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) $< $(call room_libs,app) $(ALL_LIBS) -lcmocka -o $@
bench: $(BUILD)/evidence_bench
$(BUILD)/search_peer: bench/search_peer.c
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) $< $(ALL_LIBS) -o $@
bench: $(BUILD)/search_peer
$(BUILD)/place_bench: bench/place_bench.c $(call room_libs,place)
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) $< $(call room_libs,place) $(ALL_LIBS) -o $@
bench: $(BUILD)/place_bench
$(BUILD)/duplicates_bench: bench/duplicates_bench.c $(call room_libs,app)
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) $< $(call room_libs,app) $(ALL_LIBS) -o $@
bench: $(BUILD)/duplicates_bench
