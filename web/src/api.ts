// Every route the pages use, typed, one line each. Grouped as the server's rooms are. The generated client is called where it knows the
// whole answer; lists, documents and files are typed here.
import { call, download, upload } from './api/client'
import { wholeEntry } from './api/entry'
import * as gen from './api.gen'
import type * as T from './api/types'

type Query = Record<string, string | number | boolean | null | undefined>
const get = <R>(path: string, query?: Query, quiet401 = false) => call<R>('GET', path, { query, quiet401 })
const post = <R>(path: string, body: unknown = {}) => call<R>('POST', path, { body })
const put = <R>(path: string, body: unknown) => call<R>('PUT', path, { body })
const list = <R>(path: string) => (query: Query = {}) => get<T.Page<R>>(path, query)
// short lists that come whole: the server refuses paging parameters on them
const whole = <R>(path: string) => () => get<T.Page<R>>(path)

export const quality = {
	list: list<T.QualityRow>('/quality'),
	entry: (id: T.Id) => get<T.Quality>(`/resources/${id}/quality`),
	patrol: () => post<{ checked: number; found: number; raised: number }>('/quality/patrol'),
}
export const people = {
	session: () => get<T.Session>('/session', undefined, true),
	login: (login: string, password: string) => call<T.Session>('POST', '/session', { body: { login, password }, quiet401: true }),
	logout: () => call<void>('DELETE', '/session', { quiet401: true }),
	password: (old_password: string, new_password: string) =>
		call<T.Session | void>('POST', '/session/password', { body: { old_password, new_password }, quiet401: true }),
	orgs: whole<T.Org>('/orgs'),
	orgCreate: gen.orgCreate,
	accounts: list<T.Account>('/accounts'),
	accountCreate: gen.accountCreate,
	accountChange: (id: T.Id, body: Omit<gen.AccountChangeInput, 'id'>) => gen.accountChange({ id, ...body }),
	rolesPut: (id: T.Id, version: number, roles: string[]) => gen.accountRoles({ id, version, roles }),
	unlock: (id: T.Id) => gen.accountUnlock({ id }),
	passwordReset: (id: T.Id) => gen.accountPassword({ id }),
	serviceAccounts: list<T.ServiceAccount>('/service-accounts'),
	keys: (account: T.Id) => gen.keyList({ id: account }),
	keyCreate: (account: T.Id, body: Omit<gen.KeyCreateInput, 'id'>) => gen.keyCreate({ id: account, ...body }),
	keyRevoke: (id: T.Id) => gen.keyRevoke({ id }),
	grants: list<T.Grant>('/grants'),
	grant: (id: T.Id) => gen.grantGet({ id }),
	grantCreate: gen.grantCreate,
	grantRevoke: (id: T.Id, version: number, reason: string) => gen.grantRevoke({ id, version, reason }),
}

export const catalog = {
	use: (id: T.Id) => gen.exchangeUse({ id }),
	elements: (q?: string) => get<T.Page<T.Element>>('/elements', { q }),
	codeSets: whole<T.CodeSet>('/code-sets'),
	templates: async (): Promise<T.EntryTemplate[]> => (await gen.catalogTemplates()).items.map((one) => ({ ...one, document: wholeEntry(one.document as Partial<T.Entry>)! })),
	codeItems: (name: string, query: Query) => get<T.Page<T.CodeItem>>(`/code-sets/${encodeURIComponent(name)}/items`, query),
	resources: list<T.ResourceSummary>('/resources'),
	resource: async (id: T.Id) => {
		const answer = await get<T.Resource>(`/resources/${id}`)
		return { ...answer, document: wholeEntry(answer.document), draft: wholeEntry(answer.draft) }
	},
	create: (document: unknown) => post<{ resource_id: T.Id; version: number }>('/resources', { document }),
	save: (id: T.Id, version: number, document: unknown) => put<{ version: number }>(`/resources/${id}`, { version, document }),
	submit: (id: T.Id, version: number) => gen.catalogSubmit({ id, version }),
	review: (id: T.Id, version: number, decision: 'publish' | 'return', note: string) => gen.catalogReview({ id, version, decision, note: note || undefined }),
	withdraw: (id: T.Id, version: number, note: string) => gen.catalogWithdraw({ id, version, note }),
	versions: (id: T.Id) => gen.catalogVersions({ id }),
	version: async (id: T.Id, n: number) => wholeEntry((await get<{ document: T.Entry }>(`/resources/${id}/versions/${n}`)).document),
	diff: (id: T.Id, from: number, to: number) => get<{ changes: T.Change[] }>(`/resources/${id}/diff`, { from, to }),
	validate: (id: T.Id, document: unknown) => post<{ problems: T.ValidateProblem[] }>(`/resources/${id}/validate`, { document }),
}

export const forms = {
	list: list<T.FormRow>('/forms'),
	one: (id: T.Id) => gen.formGet({ id }),
	create: gen.formCreate,
	save: gen.formSave,
	submit: (id: T.Id, version: number) => gen.formSubmit({ id, version }),
	review: (id: T.Id, version: number, decision: 'approve' | 'return', note: string) => gen.formReview({ id, version, decision, note }),
	close: (id: T.Id, version: number) => gen.formClose({ id, version }),
	begin: (id: T.Id, key: Record<string, string>) => gen.formBegin({ id, key }),
	answer: (id: T.Id, body: { key: Record<string, string>; values: Record<string, string>; doubts: { name: string; reason: string; right?: string }[] }) => gen.formAnswer({ id, ...body }),
	burden: () => gen.formBurden(),
	doubts: list<T.FormDoubt>('/forms/doubts'),
	sheet: (id: T.Id) => download('GET', `/forms/${id}/answers.csv`, 'answers.csv'),
}
export const places = {
	area: (id: T.Id) => gen.placeArea({ id }),
	list: gen.placeAreas,
	at: (lon: number, lat: number) => gen.placeAt({ x: lon, y: lat }),
	features: (level: number, parent?: T.Id) => gen.placeFeatures({ level, ...(parent ? { parent } : {}) }),
	officers: (id: T.Id) => gen.placeOfficers({ id }),
	officersPut: (id: T.Id, officers: unknown[]) => gen.placeOfficersPut({ id, officers }),
	ladder: (id: T.Id) => gen.placeLadder({ id }),
	ladderPut: (id: T.Id, steps: { who: string; minutes: number }[]) => gen.placeLadderPut({ id, steps }),
	planned: () => gen.placePlanned({ limit: 200 }),
	withdraw: (change: T.Id, reason: string) => gen.placeWithdraw({ id: change, reason }),
	uncovered: (level: number) => gen.placeUncovered({ level }),
	drafts: list<T.AreaDraft>('/areas/drafts'),
	bring: (query: Query, file: File, progress: (sent: number) => void, signal?: AbortSignal) =>
		upload<{ draft_id: T.Id }>('/areas/drafts', file, file.name, progress, signal, query),
	copy: (level: number, parent?: T.Id) => gen.placeDraftCopy({ level, ...(parent ? { parent } : {}) }),
	draft: (id: T.Id) => gen.placeDraft({ id }),
	/** All pages of them. */
	draftShapes: async (id: T.Id) => {
		const all: T.DraftFeature[] = []
		for (let after: string | null | undefined; after !== null;) {
			const page: gen.PlaceDraftFeaturesOutput = await gen.placeDraftFeatures({ id, ...(after ? { after } : {}) })
			all.push(...page.features)
			after = page.next
		}
		return all
	},
	faults: (id: T.Id, query: Query) => get<gen.PlaceDraftFaultsOutput>(`/areas/drafts/${id}/faults`, query),
	columns: (id: T.Id, body: Omit<gen.PlaceDraftColumnsInput, 'id'>) => gen.placeDraftColumns({ id, ...body }),
	mend: (id: T.Id, body: Record<string, unknown>) => post<gen.PlaceDraftMendOutput>(`/areas/drafts/${id}/mend`, body),
	addresses: (q: string) => gen.placeAddresses({ q }),
	addressesBring: (crs: string, file: File, progress: (sent: number) => void, signal?: AbortSignal) =>
		upload<gen.PlaceAddressesBringOutput>('/place/addresses', file, file.name, progress, signal, { crs }),
	addressLoads: () => gen.placeAddressLoads({ limit: 10 }),
	addressRefused: (id: T.Id) => gen.placeAddressRefused({ id, limit: 200 }),
	addressRefusedFile: (id: T.Id, name: string) => download('GET', `/place/address-loads/${id}/refused-file`, `${name}-refused.csv`),
	ending: (id: T.Id, from?: string) => gen.placeDraftEnding({ id, ...(from ? { valid_from: from } : {}) }),
	accept: (id: T.Id, body: Omit<gen.PlaceDraftAcceptInput, 'id'>) => gen.placeDraftAccept({ id, ...body }),
	discard: (id: T.Id, version: number) => gen.placeDraftDiscard({ id, version }),
}
export const notices = {
	list: list<T.Notice>('/notices'),
	one: (id: T.Id) => gen.noticeGet({ id }),
	message: gen.noticeMessage,
	send: gen.noticeSend,
	read: (id: T.Id, confirm: boolean) => gen.noticeRead({ id, confirm }),
	withdraw: (id: T.Id, version: number, note: string) => gen.noticeWithdraw({ id, version, note }),
	receipts: (id: T.Id, query: Query) => get<gen.NoticeReceiptsOutput>(`/notices/${id}/receipts`, query),
	counts: () => gen.noticeCounts(),
	/** Nobody until something is typed. */
	staff: async (q: string) => q.trim() ? gen.noticeStaff({ q: q.trim() }) : { items: [], next: null } as gen.NoticeStaffOutput,
}
export const cases = {
	list: list<T.CaseSummary>('/cases'),
	one: (id: T.Id) => get<T.Case>(`/cases/${id}`),
	create: (resource_id: T.Id, form: T.AskForm) => post<T.Case>('/cases', { resource_id, form }),
	begin: (process: string, form: Record<string, unknown>, resource_id?: T.Id) => post<T.Case>('/cases', { process, form, ...(resource_id ? { resource_id } : {}) }),
	act: (id: T.Id, action: string, body: { version: number; note?: string; form?: unknown }) => post<T.Case>(`/cases/${id}/actions/${action}`, body),
	inbox: list<T.CaseSummary>('/inbox'),
	counts: () => get<{ waiting: number; red: number; amber: number }>('/inbox/counts'),
	accounts: whole<T.AskAccount>('/ask/accounts'),
	processes: whole<T.ProcessInForce>('/processes'),
	processPut: (name: string, version: number, document: unknown) => put<{ version: number }>(`/processes/${name}`, { version, document }),
	rehearse: (name: string, body: { document?: unknown; year?: number; days?: unknown[] }) => post<T.Rehearsal>(`/processes/${name}/rehearse`, body),
	calendar: (year: number) => get<T.Page<{ day: string; kind: string; occasion: string }>>('/calendar', { year }),
	calendarRehearse: (year: number, days: unknown[]) => post<T.CalendarTried>(`/calendar/${year}/rehearse`, { days }),
	calendarPut: (year: number, days: unknown[]) => put<{ days: number }>(`/calendar/${year}`, { days }),
	addresses: whole<T.OrgAddress>('/notify/addresses'),
	notify: () => gen.notifyRead(),
	smsPut: gen.notifySmsPut,
	smsTest: (mobile: string) => gen.notifySmsTest({ mobile }),
	addressesPut: (items: T.OrgAddress[]) => put<T.Page<T.OrgAddress>>('/notify/addresses', { items }),
}

export const ratings = {
	list: (id: T.Id) => gen.ratingList({ id }),
	put: (id: T.Id, stars: number, words: string) => gen.ratingPut({ id, stars, ...(words ? { words } : {}) }),
	remove: (id: T.Id) => gen.ratingDelete({ id }),
}

export const exchange = {
	upload: (file: File, progress: (sent: number) => void, signal?: AbortSignal) => upload<T.Upload>('/uploads', file, file.name, progress, signal),
	propose: (upload_id: T.Id, sheet?: string) => post<T.Proposal>(`/uploads/${upload_id}/propose`, sheet ? { sheet } : {}),
	targets: whole<T.Target>('/targets'),
	targetCreate: (body: T.TargetAddress & { name: string; org_id: T.Id }) => post<{ target_id: T.Id }>('/targets', body),
	target: (id: T.Id) => gen.targetGet({ id }),
	targetChange: (id: T.Id, body: Partial<T.TargetAddress> & { version: number; name: string; org_id: T.Id }) => put<{ place: string }>(`/targets/${id}`, body),
	targetRemove: (id: T.Id, version: number) => gen.targetRemove({ id, version }),
	targetTest: (id: T.Id) => gen.targetTest({ id }),
	targetTry: (body: T.TargetAddress) => post<{ server: string }>('/targets/try', body),
	deliveries: list<T.Delivery>('/deliveries'),
	delivery: (id: T.Id) => gen.deliveryGet({ id }),
	deliveryCreate: (body: unknown) => post<{ delivery_id: T.Id; job_id: T.Id }>('/deliveries', body),
	deliveryAct: (id: T.Id, act: 'run' | 'resume') => post<{ job_id: T.Id }>(`/deliveries/${id}/${act}`),
	deliveryAnew: (id: T.Id) => post<{ job_id: T.Id }>(`/deliveries/${id}/run`, { anew: true }),
	deliveryPause: (id: T.Id, reason: string) => post<void>(`/deliveries/${id}/pause`, { reason }),
	deliveryTimetable: (id: T.Id, body: Record<string, unknown>) => put<void>(`/deliveries/${id}/timetable`, body),
	deliveryStop: (id: T.Id) => post<void>(`/deliveries/${id}/stop`),
	sources: whole<T.Source>('/sources'),
	sourceCreate: (body: { name: string; kind: string; url: string; org_id?: T.Id }) => post<{ source_id: T.Id }>('/sources', body),
	source: (id: T.Id) => gen.sourceGet({ id }),
	sourceChange: (id: T.Id, body: { version: number; name: string; url?: string; org_id?: T.Id }) => put<{ place: string }>(`/sources/${id}`, body),
	sourceRemove: (id: T.Id, version: number) => gen.sourceRemove({ id, version }),
	sourceTest: (id: T.Id) => gen.sourceTest({ id }),
	sourceTables: (id: T.Id) => get<T.SourceTable[] | T.Page<T.SourceTable>>(`/sources/${id}/tables`),
	sourcePropose: (id: T.Id, schema: string, table: string) => post<T.Proposal>(`/sources/${id}/propose`, { schema, table }),
	adapters: whole<T.Adapter>('/adapters'),
	adapterExport: (name: string, format: string, file: string) => download('GET', `/adapters/${name}/export`, file, { query: { format } }),
	adapterImport: (name: string, file: File, progress: (sent: number) => void, signal?: AbortSignal) => upload<{ batch_id: T.Id }>(`/adapters/${name}/imports`, file, file.name, progress, signal),
	adapterImports: list<T.AdapterBatch>('/adapter-imports'),
	adapterImportGet: (id: T.Id, query: Query) => get<T.AdapterImport>(`/adapter-imports/${id}`, query),
	adapterRefused: (id: T.Id, name: string) => download('GET', `/adapter-imports/${id}/refused`, name),
	adapterApply: (id: T.Id) => post<T.AdapterBatch>(`/adapter-imports/${id}/apply`),
	adapterItems: list<T.AdapterItem>('/adapter-items'),
	proxy: (id: T.Id) => gen.proxyGet({ id }),
	proxyPreview: (id: T.Id, body: unknown) => post<T.ProxyPreview>(`/resources/${id}/proxy/preview`, body),
	proxyBind: (id: T.Id, body: unknown) => post<{ source: string }>(`/resources/${id}/proxy`, body),
	proxyEnd: (id: T.Id) => post<void>(`/resources/${id}/proxy/end`),
	load: (resource: T.Id, body: unknown) => post<{ job_id: T.Id }>(`/resources/${resource}/jobs`, body),
	jobs: list<T.Job>('/jobs'),
	job: (id: T.Id) => get<T.Job>(`/jobs/${id}`),
	cancel: (id: T.Id) => gen.jobCancel({ id }),
	resume: (id: T.Id) => gen.jobResume({ id }),
	receipt: (id: T.Id) => get<Record<string, unknown>>(`/jobs/${id}/receipt`),
	receiptFile: (id: T.Id) => download('GET', `/jobs/${id}/receipt`, `receipt-${id}.json`),
	quarantine: list<T.Quarantined>('/quarantine'),
	quarantineSummary: gen.quarantineSummary,
	quarantined: (id: T.Id) => gen.quarantineGet({ id }),
	mend: (id: T.Id, version: number, values: Record<string, string | null>) => gen.quarantineMend({ id, version, values }),
	discard: (id: T.Id, version: number, reason: string) => gen.quarantineDiscard({ id, version, reason }),
	quarantineFile: (resource: T.Id, query: Query, name: string) => download('GET', `/resources/${resource}/quarantine.xlsx`, name, { query }),
	mendFile: (resource: T.Id, upload_id: T.Id) =>
		post<{ mended: number; failed: { row_no?: number; quarantine_id?: T.Id; message?: string; rule?: string }[] }>(`/resources/${resource}/quarantine/mend`, { upload_id }),
	replay: (id: T.Id, body: Omit<gen.QuarantineReplayInput, 'id'>) => gen.quarantineReplay({ id, ...body }),
}

export const cascade = {
	self: gen.cascadeSelf,
	nodes: whole<T.Node>('/cascade/nodes'),
	propose: gen.cascadePropose,
	approve: (id: T.Id, fingerprint: string) => gen.cascadeApprove({ id, fingerprint }),
	revoke: (id: T.Id, reason: string) => gen.cascadeRevoke({ id, reason }),
	contact: (id: T.Id) => gen.cascadeContact({ id }),
	entries: list<T.FarEntry>('/cascade/entries'),
	entry: async (node: T.Id, entry: T.Id) => { const answer = await gen.cascadeEntry({ id: node, entry }); return { ...answer, document: wholeEntry(answer.document as unknown as T.Entry)! } },
	streams: whole<T.Stream>('/cascade/streams'),
	stream: (id: T.Id) => gen.cascadeStream({ id }),
	ask: gen.cascadeAsk,
	stop: (id: T.Id) => gen.cascadeStop({ id }),
	restart: (id: T.Id) => gen.cascadeRestart({ id }),
}

export const life = {
	lineage: (id: T.Id) => gen.lineageGet({ id }),
	impact: (id: T.Id) => gen.lineageImpact({ id }),
	lists: list<T.Destruction>('/destructions'),
	list: (id: T.Id) => gen.lifeGet({ id }),
	check: (resource: T.Id) => gen.lifeCheck({ id: resource }),
	propose: (one: T.Destruction, note: string) => gen.lifePropose({ id: one.destruction_id, version: one.version, note: note || undefined }),
	postpone: (one: T.Destruction, until: T.Time, reason: string, basis: string) => gen.lifePostpone({ id: one.destruction_id, version: one.version, until, reason, basis }),
	review: (one: T.Destruction, decision: 'approve' | 'return', note: string) => gen.lifeReview({ id: one.destruction_id, version: one.version, decision, note: note || undefined }),
	reopen: (one: T.Destruction) => gen.lifeReopen({ id: one.destruction_id, version: one.version }),
	certificateFile: (id: T.Id) => download('GET', `/destructions/${id}/certificate`, `certificate-${id}.json`),
	holds: (resource: T.Id) => gen.lifeHolds({ id: resource }),
	hold: (resource: T.Id, reason: string, basis: string) => gen.lifeHold({ id: resource, reason, basis }),
	lift: (resource: T.Id, reason: string) => gen.lifeLift({ id: resource, reason }),
}

export const record = {
	schema: (resource: T.Id) => get<T.SchemaField[] | { fields: T.SchemaField[] } | T.Page<T.SchemaField>>(`/data/${resource}/schema`),
	records: (resource: T.Id, query: Query) => get<T.Records>(`/data/${resource}/records`, query),
	byKey: (resource: T.Id, key: Query) => get<T.DataRecord>(`/data/${resource}/by-key`, key),
	download: (resource: T.Id, format: string, name: string) => download('GET', `/data/${resource}/download`, name, { query: { format } }),
	lookup: (resource: T.Id, key: Record<string, string>) => post<T.DataRecord>(`/data/${resource}/lookup`, { key }),
}

export const opening = {
	list: list<gen.OpeningGetOutput>('/openings'),
	get: (id: T.Id) => get<gen.OpeningGetOutput>(`/openings/${id}`),
	check: (resource_id: T.Id, fields: string[], quasi: string[]) => post<gen.OpeningCheckOutput>('/openings/check', { resource_id, fields, quasi }),
	ask: (body: unknown) => post<gen.OpeningGetOutput>('/openings', body),
	review: (id: T.Id, version: number, decision: 'approve' | 'return', note: string) => post<gen.OpeningGetOutput>(`/openings/${id}/review`, { version, decision, note: note || undefined }),
	close: (id: T.Id, version: number, reason: string) => post<gen.OpeningGetOutput>(`/openings/${id}/close`, { version, reason }),
	stop: (id: T.Id, version: number, reason: string) => post<gen.OpeningGetOutput>(`/openings/${id}/stop`, { version, reason }),
	messages: list<gen.MessageAnswerOutput>('/open-messages'),
	answer: (id: T.Id, version: number, answer: string, shown: boolean) => post<gen.MessageAnswerOutput>(`/open-messages/${id}/answer`, { version, answer, shown }),
}

export const evidence = {
	search: list<T.EvidenceRow>('/evidence'),
	status: () => get<T.EvidenceStatus>('/evidence/status'),
	checkpoints: list<T.Checkpoint>('/evidence/checkpoints'),
	seal: gen.evidenceSeal,
	exportRange: (from: T.Time, to: T.Time, name: string) => download('POST', '/evidence/export', name, { body: { from, to } }),
}

export const events = {
	list: list<T.EventRow>('/city-events'),
	queue: list<T.EventRow>('/city-events/queue'),
	queueCounts: gen.eventQueueCounts,
	one: (id: T.Id) => gen.eventGet({ id }),
	report: (body: Record<string, unknown>) => post<T.EventOne>('/city-events', body),
	alike: (class_code: string, lon: number, lat: number) => gen.eventAlike({ class_code, lon, lat }),
	apart: (id: T.Id, other: T.Id) => gen.eventApart({ id, other }),
	reporter: (id: T.Id, reason: string) => gen.eventReporter({ id, reason }),
	photo: (file: File, progress: (sent: number) => void) => upload<T.EventPhoto>('/event-photos', file, file.name, progress),
	classes: () => gen.eventClasses(),
	classOne: (code: string) => gen.eventClass({ code }),
	classPut: (code: string, version: number, document: unknown) => put<{ version: number }>(`/event-classes/${code}`, { version, document }),
	recompute: (code: string) => gen.eventClassRecompute({ code }),
	duties: list<T.DutyLine>('/event-duties'),
	dutyAdd: (body: Omit<T.DutyFields, never>) => gen.eventDutyAdd(body),
	dutyChange: (id: T.Id, version: number, body: T.DutyFields) => gen.eventDutyChange({ id, version, ...body }),
	dutyRemove: (id: T.Id, version: number) => gen.eventDutyRemove({ id, version }),
	officers: () => gen.eventOfficers(),
	stats: (query: Query) => get<T.EventStats>('/event-stats', query),
	statsTrend: (query: Query) => get<T.EventStatTrend>('/event-stats/trend', query),
	statsCases: list<T.EventStatCase>('/event-stats/cases'),
	statsBook: (query: Query, name: string) => download('GET', '/event-stats/workbook', name, { query }),
}

export const partners = {
	list: whole<T.Partner>('/partners'),
	platforms: gen.platformList,
	one: (id: T.Id) => gen.partnerGet({ id }),
	source: (id: T.Id, body: { channel: string; note: string; active: boolean }) => put<void>(`/event-sources/${id}`, body),
	put: (id: T.Id, body: { version: number; url: string; platform?: string; token?: string; active: boolean }) => gen.partnerPut({ id, ...body }),
	newKey: (id: T.Id) => gen.partnerKey({ id }),
	messages: (id: T.Id, query: Query) => get<T.Page<T.PartnerMessage>>(`/partners/${id}/messages`, query),
	retry: (id: T.Id, body: { message_id?: T.Id }) => gen.partnerRetry({ id, ...body }),
	orders: (id: T.Id, body: { upload_id: T.Id; sheet?: string }) => gen.partnerOrders({ id, ...body }),
	results: (id: T.Id, query: Query, name: string) => download('GET', `/partners/${id}/results`, name, { query }),
}

export const verify = {
	list: list<T.VerificationRow>('/verifications'), doubts: list<T.Doubt>('/verifications/doubts'), counts: () => gen.verificationCounts(),
	send: (body: Record<string, unknown>) => post<T.VerificationSent>('/verifications', body),
	one: (id: T.Id) => get<T.Verification>(`/verifications/${id}`),
	queue: list<gen.VerificationQueueOutput['items'][number]>('/verifications/queue'), queueCounts: gen.verificationQueueCounts,
	clear: (id: T.Id, reason: string) => gen.verificationClear({ id, reason }),
	withdraw: (id: T.Id, reason: string) => post<T.Verification>(`/verifications/${id}/withdraw`, { reason }),
	found: (id: T.Id) => gen.verificationFound({ id }), correct: (id: T.Id, fields: { name: string; mark: string }[]) => gen.verificationCorrect({ id, fields }),
}

export const compare = {
	list: list<T.ComparisonRow>('/comparisons'),
	one: (id: T.Id) => gen.comparisonGet({ id }),
	define: (body: Record<string, unknown>) => post<{ comparison_id: T.Id }>('/comparisons', body),
	run: (id: T.Id) => gen.comparisonRun({ id }),
	timetable: (id: T.Id, body: Record<string, unknown>) => put<void>(`/comparisons/${id}/timetable`, body),
	remove: (id: T.Id) => gen.comparisonRemove({ id }),
	differences: (id: T.Id, query: Query) => get<T.Page<T.Difference>>(`/comparisons/${id}/differences`, query),
	send: (id: T.Id, body: Record<string, unknown>) => post<gen.ComparisonSendOutput>(`/comparisons/${id}/send`, body),
	sheet: (id: T.Id, query: Query, name: string) => download('GET', `/comparisons/${id}/differences.xlsx`, name, { query }),
}

export const eventImports = {
	file: (file: File, progress: (sent: number) => void, signal?: AbortSignal) => upload<T.Upload>('/event-imports/files', file, file.name, progress, signal),
	look: (body: unknown) => post<T.EventImportLook>('/event-imports/look', body),
	begin: (body: unknown) => post<{ import_id: T.Id; job_id: T.Id }>('/event-imports', body),
	list: list<T.EventImport>('/event-imports'),
	refused: (id: T.Id, query: Query) => get<gen.IntakeRefusedOutput>(`/event-imports/${id}/refused`, query),
	refusedFile: (id: T.Id, name: string) => download('GET', `/event-imports/${id}/refused-file`, `${name}-refused.csv`),
	cancel: (id: T.Id) => gen.intakeCancel({ id }),
	resume: (id: T.Id) => gen.intakeResume({ id }),
}

export const hotline = {
	calls: gen.hotlineCalls, counts: () => gen.hotlineCallsCounts(), back: () => gen.hotlineCallsBack(), call: (id: T.Id) => gen.hotlineCallGet({ id }).then((page) => page.items[0]),
	take: gen.hotlineCall, claim: (id: T.Id, release = false) => gen.hotlineClaim({ id, release }).then((page) => page.items[0]),
	byNumber: (number: string) => gen.hotlineByNumber({ number }), event: gen.hotlineCallEvent, end: gen.hotlineCallEnd, calledBack: gen.hotlineCallBack,
	rings: () => gen.hotlineRings(), extension: () => gen.hotlineExtension(), sit: (extension: string) => gen.hotlineExtensionPut({ extension }),
	shifts: (desk: string, from: string, until: string) => gen.shiftList({ desk, from, until }), onDuty: () => gen.shiftNow({}), gaps: (desk: string, from: string, until: string) => gen.shiftGaps({ desk, from, until }),
	rotas: (desk: string) => gen.rotaList({ desk }), rotaPut: gen.rotaPut, rotaPlan: (desk: string, from: string, days: number) => gen.rotaPlan({ desk, from, days }), rotaApply: gen.rotaApply,
	shiftFile: (file: File, progress: (sent: number) => void, signal?: AbortSignal) => upload<T.Upload>('/shifts/files', file, file.name, progress, signal), shiftImport: gen.shiftImport,
	shiftAdd: gen.shiftAdd, shiftCopy: gen.shiftCopy, shiftSwap: gen.shiftSwap, handoverDraft: (desk: string) => gen.handoverDraft({ desk }), handovers: (desk: string) => gen.handoverList({ desk, limit: 20 }), handOver: gen.handoverWrite, takeOver: (id: T.Id) => gen.handoverConfirm({ id }),
	blocks: () => gen.hotlineNumberBlocks(), numbers: (id: T.Id) => gen.hotlineNumbers({ id }), issue: gen.hotlineNumbersIssue, voidNumbers: gen.hotlineNumbersVoid,
	recordings: (id: T.Id) => gen.hotlineRecordings({ id }), recordingsFolder: () => gen.hotlineRecordingsFolder(), recordingsLook: () => gen.hotlineRecordingsLook(), recordingsFiles: list<T.HotlineDrop>('/hotline/recordings/files'),
	articles: gen.hotlineArticles, find: gen.hotlineArticlesSearch, article: (id: T.Id) => gen.hotlineArticle({ id }), write: gen.hotlineArticleCreate, rewrite: gen.hotlineArticlePut,
	review: gen.hotlineArticleReview, used: (id: T.Id, doubt?: string) => gen.hotlineArticleUsed({ id, doubt }), retire: (id: T.Id, version: number) => gen.hotlineArticleRetire({ id, version }),
}
export const measure = {
	systems: list<T.InfoSystem>('/systems'),
	system: (id: T.Id) => gen.measureSystem({ id }),
	systemAdd: gen.measureSystemAdd,
	systemChange: gen.measureSystemChange,
	systemRemove: (id: T.Id, version: number) => gen.measureSystemRemove({ id, version }),
	importFile: (what: 'systems' | 'materials', file: File) => upload<T.Imported>(`/${what}/import`, file, file.name, () => undefined),
	sheet: (path: string, name: string, query: Query = {}) => download('GET', path, name, { query }),
	sources: (id: T.Id) => gen.measureResourceSystems({ id }),
	sourcesSet: (id: T.Id, systems: T.Id[]) => put<void>(`/resources/${id}/systems`, { systems }),
	checks: () => gen.measureChecks(),
	run: () => gen.measureChecksRun(),
	findings: list<T.Finding>('/findings'),
	finding: (id: T.Id) => gen.measureFinding({ id }),
	order: (one: T.Finding, note: string) => gen.measureFindingOrder({ id: one.finding_id, version: one.version, note }),
	excuse: (one: T.Finding, excused: boolean, reason: string) => gen.measureFindingExcuse({ id: one.finding_id, version: one.version, excused, reason }),
	duties: list<T.Duty>('/duties'),
	demands: list<T.Demand>('/demands'),
	materials: list<T.Material>('/materials'),
	materialDecide: (one: T.Material, resource_id: T.Id) => gen.measureMaterialDecide({ id: one.material_id, version: one.version, resource_id: resource_id || undefined }),
	assessments: list<T.AssessmentRow>('/assessments'),
	assessment: (id: T.Id) => gen.measureAssessment({ id }),
	assess: gen.measureAssess,
	lines: (id: T.Id) => list<T.AssessLine>(`/assessments/${id}/lines`),
	trend: (org: T.Id, quarters: boolean) => gen.measureTrend({ org, quarters }),
	contests: (id: T.Id) => gen.measureContests({ id }),
	contest: (id: T.Id, line_no: T.Id, reason: string) => gen.measureContest({ id, line_no, reason }),
	contestDecide: (id: T.Id, one: T.Contest, decision: 'accept' | 'reject', effect: 'count' | 'leave_out', answer: string) =>
		post<void>(`/assessments/${id}/contests/${one.contest_id}/decide`, { version: one.version, decision, effect: decision === 'accept' ? effect : undefined, answer }),
	deadline: (id: T.Id, version: number, contest_until: T.Time) => gen.measureDeadline({ id, version, contest_until }),
	publish: (id: T.Id, version: number) => gen.measurePublish({ id, version }),
	recompute: (id: T.Id) => gen.measureRecompute({ id }),
}

export const system = {
	overview: () => get<T.Overview>('/overview'),
	settings: gen.systemSettings,
	settingPut: (name: string, value: string, version: number) => gen.systemSettingChange({ name, value, version }),
	packs: () => get<T.Page<T.Pack> | T.Pack[]>('/packs'),
}

/** Some short lists come bare, some as a page: the items either way. */
export function itemsOf<I>(answer: I[] | { items: I[] } | { fields: I[] } | undefined): I[] {
	if (!answer) return []
	if (Array.isArray(answer)) return answer
	return 'items' in answer ? answer.items : answer.fields
}
