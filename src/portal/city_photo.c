/* city_photo: pictures of people without login: kept at once, used by the report or the addition whose form carries them; so many
 * a day from one network, counted in the store; and the script that the public's forms gain by. One request. */
#include "portal/html.h"

/* --- those a form carries -------------------------------------------------------------------------------------------- */
static const char *photo_token(Request *rq, int64_t photo_id) {
	return keyed_token(rq, "report photo", photo_id);
}

void city_photo_add(Request *rq, CityPhotos *photos, Text value) {
	if (photos->count < CITY_PHOTOS_MAX) photos->given[photos->count++] = text_cstr(rq->arena, value);
}

int city_photo_ids(Request *rq, const CityPhotos *photos, const int64_t **out) {
	int64_t *ids = ARENA_ARRAY(rq->arena, int64_t, CITY_PHOTOS_MAX);
	for (int i = 0; i < photos->count; i++) {
		const char *given = photos->given[i], *dot = strchr(given, '.');
		if (!dot || text_to_int((Text){given, (size_t)(dot - given)}, &ids[i]) < 0 || strlen(dot + 1) != 32 ||
		    !equal_constant_time(dot + 1, photo_token(rq, ids[i]), 32))
			return error_field(rq->error, ERR_INVALID, "photos", TEXT_NONE, "photo", NULL,
			                   "This picture was not sent from this form");
	}
	*out = ids;
	return 0;
}

void city_photo_field(Page *page, const CityPhotos *photos) {
	html(page,
	     "<p id=\"pictures\" hidden><label for=\"file\">{}</label><br><input id=\"file\" type=\"file\" accept=\"image/*\" "
	     "multiple> <span role=\"status\"></span></p>",
	     ARGS(h_say(page, "照片（最多 4 张，每张 40 MB 以内）", "Pictures (up to 4, of at most 40 MB)")));
	for (int i = 0; i < photos->count; i++)
		html(page, "<input type=\"hidden\" name=\"photo\" value=\"{}\">", ARGS(h_str(photos->given[i])));
}

/* --- so many a day --------------------------------------------------------------------------------------------------- */
/* Only the keyed hash of a network is kept. */
static int64_t city_network(Request *rq) {
	const char *name = arena_printf(rq->arena, "pictures:%.*s", TEXT_ARG(caller_network(rq)));
	return (int64_t)(siphash64(app_secret(rq->app), text_of(name)) >> 1);
}

typedef struct DayCount {
	int64_t network, day, most, count; /* count: with this one */
} DayCount;

static int day_take(Request *rq, void *arg) {
	DayCount *day = arg;
	int64_t done =
	    db_run(rq->db,
	           "INSERT INTO city_picture_day (network, day, pictures) VALUES ($1, $2, 1) ON CONFLICT (network, day)"
	           " DO UPDATE SET pictures = city_picture_day.pictures + 1 WHERE city_picture_day.pictures < $3",
	           BIND(val_int(day->network), val_int(day->day), val_int(day->most)));
	if (done == 0)
		return error_field(rq->error, ERR_QUOTA, "photo", TEXT_NONE, "pictures_day",
		                   "Send the report without it, or tomorrow; 12345 takes it at any time.",
		                   "Today %d pictures came from this network: that is as many as are taken in a day",
		                   (int)day->most);
	return done < 0 ? (int)done
	                : db_int(rq->db, &day->count, "SELECT pictures FROM city_picture_day WHERE network = $1 AND day = $2",
	                         BIND(val_int(day->network), val_int(day->day)));
}

/* What was no picture does not count. */
static int day_return(Request *rq, void *arg) {
	const DayCount *day = arg;
	return (int)db_run(rq->db, "UPDATE city_picture_day SET pictures = pictures - 1 WHERE network = $1 AND day = $2",
	                   BIND(val_int(day->network), val_int(day->day)));
}

int city_photos_chore(Request *rq) {
	return chore_portion(rq, date_of_us(rq->now_us) - 1,
	                     "DELETE FROM city_picture_day WHERE (network, day) IN (SELECT network, day FROM city_picture_day"
	                     " WHERE day < $1 LIMIT $2)");
}

int city_photo_post(Request *rq) {
	EventPhoto photo;
	DayCount day = {city_network(rq), date_of_us(rq->now_us), setting_int(rq, "open.photos_day"), 0};
	const char *path = http_body_path(rq->call);
	int code = gate_pass(rq, GATE_FILE);
	if (code < 0) return code;
	if (!path)
		return error_field(rq->error, ERR_INVALID, "photo", TEXT_NONE, "empty", "Send the picture as the request body.",
		                   "The picture is empty");
	if ((code = request_write(rq, day_take, &day)) < 0) return code;
	if ((code = event_photo_keep(rq, path, TEXT("photo"), &photo)) < 0) {
		const Error why = *rq->error;
		error_clear(rq->error);
		if (request_write(rq, day_return, &day) < 0) log_warn("event=picture_count message=\"%s\"", rq->error->message);
		*rq->error = why;
		return code;
	}
	jw_object(&rq->json);
	jw_kv_str(&rq->json, "photo",
	          arena_printf(rq->arena, "%lld.%s", (long long)photo.photo_id, photo_token(rq, photo.photo_id)));
	jw_kv_int(&rq->json, "day_limit", day.most);
	jw_kv_int(&rq->json, "left_today", day.most - day.count);
	jw_object_end(&rq->json);
	return 0;
}

/* --- what the forms gain where scripts run: finding a class, the telephone's position, pictures, reading aloud --------- */
static const char script[] =
    "'use strict';\n"
    "const zh = document.documentElement.lang !== 'en', say = (a, b) => zh ? a : b;\n"
    "const form = document.querySelector('form.report'), byId = (id) => document.getElementById(id);\n"
    "const here = byId('here'), pictures = byId('pictures'), read = byId('read'), search = byId('search');\n"
    "if (search) {\n"
    "  const find = byId('find'), hits = byId('hits'), count = byId('found'), list = byId('class');\n"
    "  const kinds = [...list.querySelectorAll('option[data-find]')].map((one) => ({ value: one.value, title: one.textContent, "
    "name: one.textContent.toLowerCase(), more: one.dataset.find.toLowerCase() }));\n"
    "  const rank = (kind, words) => words.every((word) => kind.name.includes(word)) ? 2 : words.every((word) => (kind.name + ' "
    "' "
    "+ kind.more).includes(word)) ? 1 : 0;\n"
    "  const choose = (kind) => { list.value = kind.value; find.value = ''; hits.replaceChildren(); hits.hidden = true; "
    "count.textContent = say('已选：', 'Chosen: ') + kind.title; byId('words').focus(); };\n"
    "  let best;\n"
    "  search.hidden = false;\n"
    "  find.oninput = () => {\n"
    "    const words = find.value.toLowerCase().split(/\\s+/).filter(Boolean);\n"
    "    const found = words.length ? kinds.map((kind) => [rank(kind, words), kind]).filter(([n]) => n).sort((a, b) => b[0] - "
    "a[0]).map(([, kind]) => kind) : [];\n"
    "    best = found[0];\n"
    "    hits.replaceChildren(...found.slice(0, 8).map((kind) => { const row = document.createElement('li'), pick = "
    "document.createElement('button'); pick.type = 'button'; pick.className = 'second'; pick.textContent = kind.title; "
    "pick.onclick = () => choose(kind); row.append(pick); return row; }));\n"
    "    hits.hidden = !found.length;\n"
    "    const shown = hits.childElementCount, first = shown < found.length;\n"
    "    count.textContent = !words.length ? '' : found.length ? say('找到 ' + found.length + ' 类' + (first ? '，先列 ' + shown "
    "+ "
    "' 类' : '') + '，点选或按回车选第一个', found.length + ' found' + (first ? ', the first ' + shown + ' shown' : '') + ': "
    "choose one, or Enter for the first') : say('没有找到，换个说法，或从下面的清单选', 'None: "
    "try other words, or choose below');\n"
    "  };\n"
    "  find.onkeydown = (event) => { if (event.key !== 'Enter' || event.isComposing) return; event.preventDefault(); if (best && "
    "find.value.trim()) choose(best); };\n"
    "}\n"
    "for (const one of form.querySelectorAll('input[name=found]')) one.onchange = () => { byId('placed_for').value = "
    "byId('address').value.trim(); };\n"
    "if (here && navigator.geolocation && isSecureContext) {\n"
    "  here.hidden = false;\n"
    "  const told = here.querySelector('[role=status]'), [take, back] = here.querySelectorAll('button');\n"
    "  const placed = byId('placed'), address = byId('address');\n"
    "  let taken = byId('lon').value && { lon: byId('lon').value, lat: byId('lat').value };\n"
    "  const use = () => {\n"
    "    byId('placed_for').value = address.value.trim(); byId('lon').value = taken.lon; byId('lat').value = taken.lat; "
    "back.hidden = "
    "true;\n"
    "    for (const one of form.querySelectorAll('input[name=found]')) one.checked = false;\n"
    "    told.textContent = say('已记下位置', 'Taken') + (taken.metres === undefined ? '' : say('（误差约 ', ' (within ') + "
    "taken.metres + say(' 米）', ' m)')) + say('，用的是这个位置。', ': this is the place used.');\n"
    "    if (placed) placed.hidden = true;\n"
    "  };\n"
    "  back.onclick = use;\n"
    "  take.onclick = () => {\n"
    "    told.textContent = say('正在定位…', 'Looking…');\n"
    "    navigator.geolocation.getCurrentPosition(({ coords }) => { taken = { lon: coords.longitude.toFixed(6), lat: "
    "coords.latitude.toFixed(6), metres: Math.round(coords.accuracy) }; use(); }, () => { told.textContent = "
    "say('没有取得位置，请写地址。', 'No position: write the address.'); }, { enableHighAccuracy: true, timeout: 15000 });\n"
    "  };\n"
    "  address.oninput = () => {\n"
    "    if (!taken) return;\n"
    "    if (!address.value.trim()) { use(); return; }\n"
    "    byId('lon').value = byId('lat').value = ''; back.hidden = false; if (placed) placed.hidden = true;\n"
    "    told.textContent = say('用的是您写的地址。', 'The place used is the address you write.');\n"
    "  };\n"
    "}\n"
    "if (pictures) {\n"
    "  pictures.hidden = false;\n"
    "  // as on the officers' phones: at most 1600 pixels long; what this browser cannot read goes as it is\n"
    "  const small = async (file) => {\n"
    "    if (file.size < 400000) return file;\n"
    "    try {\n"
    "      const image = await createImageBitmap(file), scale = Math.min(1, 1600 / Math.max(image.width, image.height)), canvas "
    "= "
    "document.createElement('canvas');\n"
    "      canvas.width = Math.max(1, Math.round(image.width * scale)); canvas.height = Math.max(1, Math.round(image.height * "
    "scale));\n"
    "      canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);\n"
    "      image.close();\n"
    "      return await new Promise((done) => canvas.toBlob((blob) => done(blob && blob.size < file.size ? blob : file), "
    "'image/jpeg', 0.8));\n"
    "    } catch { return file; }\n"
    "  };\n"
    "  const told = pictures.querySelector('[role=status]');\n"
    "  byId('file').onchange = async (event) => {\n"
    "    for (const file of event.target.files) {\n"
    "      if (form.querySelectorAll('input[name=photo]').length >= 4) { told.textContent = say('最多 4 张', 'At most 4'); "
    "break; "
    "}\n"
    "      told.textContent = say('正在上传 ', 'Sending ') + file.name;\n"
    "      try {\n"
    "        const answer = await fetch('/open/photos', { method: 'POST', body: await small(file), headers: { 'content-type': "
    "'application/octet-stream', 'accept-language': document.documentElement.lang } });\n"
    "        const body = await answer.json();\n"
    "        if (!answer.ok) { told.textContent = file.name + '：' + [body.detail, body.advice].filter(Boolean).join(' '); "
    "continue; }\n"
    "        const kept = document.createElement('input'); kept.type = 'hidden'; kept.name = 'photo'; kept.value = body.photo; "
    "form.append(kept);\n"
    "        told.textContent = say('已添加照片：', 'Pictures: ') + form.querySelectorAll('input[name=photo]').length + "
    "(body.left_today > 4 ? '' : say('；本网络今天还可上传 ' + body.left_today + ' 张', '; ' + body.left_today + ' more from "
    "this "
    "network today'));\n"
    "      } catch { told.textContent = say('没有传上去，请重试。', 'It was not sent. Try again.'); }\n"
    "    }\n"
    "    event.target.value = '';\n"
    "  };\n"
    "}\n"
    "if (read && 'speechSynthesis' in window && document.documentElement.classList.contains('big')) {\n"
    "  read.hidden = false;\n"
    "  read.onclick = () => { speechSynthesis.cancel(); const words = new SpeechSynthesisUtterance(byId('main').innerText); "
    "words.lang = zh ? 'zh-CN' : 'en'; speechSynthesis.speak(words); };\n"
    "}\n"
    "const send = form.querySelector('button:not([type])');\n"
    "form.onsubmit = () => { send.disabled = true; };\n"
    "addEventListener('pageshow', () => { send.disabled = false; });\n";

int city_script(Request *rq) {
	buf_str(&rq->body, script);
	rq->content_type = "text/javascript; charset=utf-8";
	rq->cache_control = "public, max-age=3600";
	return 0;
}
