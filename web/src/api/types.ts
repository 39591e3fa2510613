// Shapes of /api/v1 as the server answers them: those of the generated client where it knows them whole. Ids are strings: they have 64 bits. Times are ISO 8601 with zone.
import type * as Gen from '../api.gen'

export type Id = string
export type Time = string

export interface Problem {
	type?: string
	title: string
	status: number
	detail?: string
	field?: string
	value?: string
	rule?: string
	advice?: string
	errors?: ProblemItem[]
}
export interface ProblemItem { field?: string; value?: string; rule?: string; detail?: string; title?: string; message?: string; advice?: string }
export interface Page<T> { items: T[]; next: string | null; total: number | null }

export type Permit = 'system' | 'security' | 'audit' | 'catalog.read' | 'catalog.edit' | 'catalog.review' | 'load' | 'jobs.read'
	| 'grant' | 'data.read' | 'keys' | 'accounts.read' | 'ask' | 'decide' | 'supervise' | 'calendar' | 'cascade'
	| 'place.read' | 'place.edit' | 'event.report' | 'event.handle' | 'event.dispatch' | 'event.supervise' | 'hotline' | 'notice'
/** Here a session of a person, never one of a key. */
export type Session = Omit<Gen.SessionGetOutput, 'permits' | 'csrf'> & { permits: Permit[]; csrf: string }
export type Org = Gen.OrgListOutput['items'][number]
export type Account = Gen.AccountChangeOutput
export interface ServiceAccount { account_id: Id; login: string; name: string; org_id: Id; org_name: string; state: string }
export type ApiKey = Gen.KeyListOutput['items'][number]
export type GrantField = Gen.GrantGetOutput['fields'][number]
export type Grant = Gen.GrantGetOutput
export type Node = Gen.CascadeNodesOutput['items'][number]
export type FarEntry = Gen.CascadeEntriesOutput['items'][number]
export type Stream = Gen.CascadeStreamsOutput['items'][number]
export type FormRow = Gen.FormListOutput['items'][number]
export type FormDoubt = Gen.FormDoubtsOutput['items'][number]
export type FormItem = Gen.FormGetOutput['document']['fields'][number]
export type FormKnown = Gen.FormBeginOutput['fields'][number]
export type AreaDraft = Gen.PlaceDraftsOutput['items'][number]
export type DraftFeature = Gen.PlaceDraftFeaturesOutput['features'][number]
export type Notice = Gen.NoticeListOutput['items'][number]
export type Destruction = Gen.LifeGetOutput
export type InfoSystem = Gen.MeasureSystemsOutput['items'][number]
export type Imported = Gen.MeasureSystemsImportOutput
export type Finding = Gen.MeasureFindingOutput
export type Duty = Gen.MeasureDutiesOutput['items'][number]
export type Demand = Gen.MeasureDemandsOutput['items'][number]
export type Material = Gen.MeasureMaterialsOutput['items'][number]
export type AssessmentRow = Gen.MeasureAssessmentsOutput['items'][number]
export type Assessment = Gen.MeasureAssessmentOutput
export type AssessLine = Gen.MeasureLinesOutput['items'][number]
export type Contest = Gen.MeasureContestsOutput['items'][number]
export type Lineage = Gen.LineageGetOutput
export type LineageField = Lineage['fields'][number]

export type Kind = 'text' | 'integer' | 'decimal' | 'double' | 'date' | 'time' | 'boolean' | 'code' | 'geometry'
export interface Field {
	no?: number; name: string; title: string; source_name?: string; kind: Kind; length?: number; scale?: number
	key: boolean; required: boolean; unique: boolean; indexed: boolean
	element?: string; grade: number; mask: string; check: string; code_set?: string; min?: number | null; max?: number | null
	date_field?: string; ref?: string; doc?: string
}
export interface ProposedField extends Field { examples?: string[]; why?: string | string[] }
export interface Rule { name: string; expression: string; message: string }
export type Sharing = 'unconditional' | 'conditional' | 'none'
export type Opening = 'open' | 'conditional' | 'closed'
export interface Entry {
	code: string; name: string; summary: string; keywords: string[]; domain: string; formats: string[]
	sharing: Sharing; sharing_condition?: string; sharing_basis?: string; sharing_ways: string[]
	opening: Opening; opening_condition?: string; update_promise: string; retention_months: number; retention_field?: string
	fields: Field[]; rules: Rule[]; contact?: string
}
export interface ResourceSummary {
	resource_id: Id; code: string; name: string; org_id: Id; org_name: string; sharing: Sharing; opening: Opening; state: string
	published_version?: number | null; draft_version?: number | null; update_promise: string; row_count?: number | null
	loaded_at?: Time | null; grade: number; freshness: 'fresh' | 'late' | 'none'; hits?: Hit[]
}
export interface Hit { part: string; text: string; marks: number[][] }
export interface Facet { value: string; name?: string; count: number }
export type Facets = Record<'org' | 'domain' | 'sharing' | 'opening' | 'grade' | 'freshness' | 'format', Facet[]>
export interface CatalogAnswer extends Page<ResourceSummary> { facets?: Facets }
export interface ResourceMay { edit?: boolean; submit?: boolean; review?: boolean; withdraw?: boolean; load?: boolean; grant?: boolean }
export interface Resource {
	resource_id: Id; org_id: Id; org_name?: string; state: string; version: number; published_version?: number | null; draft_version?: number
	document?: Entry | null; draft?: Entry | null; row_count?: number | null; loaded_at?: Time | null; generation_no?: number; keeper?: 'table' | 'proxy'; needs_full?: boolean
	review?: { note?: string; decision?: string; by?: string; at?: Time } | null; may: ResourceMay
}
export type ResourceVersion = Gen.CatalogVersionsOutput['items'][number]
export interface Change { path: string; title?: string; from: unknown; to: unknown }
export interface ValidateProblem { path: string; rule: string; message: string; advice?: string }
export interface Element { code: string; name: string; kind?: Kind; length?: number; grade?: number; mask?: string; check?: string; doc?: string }
export interface EntryTemplate { name: string; title: string; doc: string; document: Entry }
export interface CodeSet { name: string; title?: string; count?: number }
export interface CodeItem { code: string; label: string; label_en: string }

export type Upload = Gen.ExchangeUploadOutput
export interface Proposal {
	format: string; charset?: string; separator?: string; sheets?: string[]; header_row?: number; rows_seen: number; fields: ProposedField[]; problems: ValidateProblem[]
}
export type Delivery = Omit<Gen.DeliveryGetOutput, 'runs' | 'parcels'>
export type Target = Gen.TargetListOutput['items'][number]
export type TargetAddress = Gen.TargetTryInput
export type TargetKept = Gen.TargetGetOutput
export type SourceKept = Gen.SourceGetOutput
export type Use = TargetKept['uses'][number]
export type Source = Gen.SourceListOutput['items'][number]
export type Adapter = Gen.AdapterListOutput['items'][number]
export type AdapterBatch = Gen.AdapterImportsOutput['items'][number]
export type AdapterImport = Gen.AdapterImportRowsOutput
export type AdapterItem = Gen.AdapterItemsOutput['items'][number]
export type ProxyPreview = Gen.ProxyPreviewOutput
export interface SourceTable { schema: string; table: string; columns: { name: string; type: string }[]; row_estimate?: number }
export interface JobMessage { at: Time; text: string }
export interface JobResult {
	mode?: string; sent?: number; read?: number; inserted?: number; updated?: number; unchanged?: number; refused?: number; superseded?: number; deleted?: number; put?: number; removed?: number
	source_digest?: string; target_digest?: string; normalised_values?: number; ignored?: { column: string; values: number }[]; kept?: string[]; snapshot?: Record<string, unknown>; receipt_id?: Id; seen?: number; changed?: number
}
export type Job = Omit<Gen.JobGetOutput, 'args' | 'result' | 'error'> & { args: Record<string, unknown> | null; result: JobResult | null; error: string | Problem | null }
export type Reason = Gen.QuarantineGetOutput['reasons'][number]
export type Quarantined = Gen.QuarantineGetOutput
export type QuarantineSummary = Gen.QuarantineSummaryOutput

export interface SchemaField { name: string; title?: string; kind: Kind; grade?: number; key?: boolean; mode: 'clear' | 'masked'; code_set?: string; filter?: boolean; sort?: boolean }
export type DataRecord = { record_id: Id; version?: number } & Record<string, unknown>
export interface Records { items: DataRecord[]; next: string | null; masked?: string[] }

export interface EvidenceRow {
	at: Time; stream: string; seq: number | string; actor: string; account_id?: Id; action: string; resource_id?: Id | null; subject_id?: Id | null
	row_count?: number; status: number; purpose?: string; address?: string; detail?: unknown; hash?: string; sealed: boolean
}
export type EvidenceStatus = Omit<Gen.EvidenceStatusOutput, 'streams'> & { streams: { name: string; count: number; head_hash: string; last_at?: Time | null }[] }
export interface Checkpoint { number: number; at: Time; sha256: string; signature: string; body: string }
export type Setting = Gen.SystemSettingsOutput['items'][number]
export interface Pack { name: string; version?: string; title?: string; title_en?: string; loaded_at?: Time | null }

export type Mode = 'clear' | 'masked'
export interface AskForm { purpose: string; service_item?: string; basis?: string; account_id?: Id; fields: { name: string; mode: Mode }[]; filter?: Record<string, unknown>; way: string | string[]; until: Time; quota_day: number }
export interface Decision { fields?: { name: string; mode: Mode }[]; filter?: unknown; until?: Time; quota_day?: number; way?: string[]; conditions?: string; clear_sensitive?: boolean; basis?: string }
export type Pressed = '' | 'urge' | 'supervise' | 'circular'
export interface CaseSummary {
	case_id: Id; number: string; outside_platform: string; outside_number: string; title: string; process: string; process_title: string; process_title_en: string; state: string; state_title: string; state_title_en: string
	outcome: string; turn: '' | 'asker' | 'supplier' | 'bureau' | 'field' | 'lead'; resource_id: Id | null; asker_org_id: Id | null; asker_org_name: string | null; asker_name: string | null
	supplier_org_id: Id | null; supplier_org_name: string | null; grant_id: Id | null; due_at: Time | null; remind_at: Time | null; paused_at: Time | null
	light: 'green' | 'amber' | 'red' | 'paused' | 'none'; pressed: Pressed; left_s: number | null; left_work_s: number | null; created_at: Time; updated_at: Time; closed_at: Time | null; version: number
	line: 'sharing' | 'city'; kind: string; level: number; returns: number; reworks: number; postpones: number; hangs: number; children_open: number
	centre_org_name: string | null; field_org_name: string | null; field_name: string | null
}
export type CaseLink = Gen.CaseReadOutput['children'][number]
export type CaseStage = Gen.CaseReadOutput['clocks'][number]
export interface CaseEvent { no: number; at: Time; action: string; title: string; title_en: string; moved: boolean; to: string; to_title: string; to_title_en: string; side: string; by_name: string | null; org_name: string | null; clock: string; note: string; form: Record<string, unknown> | null }
export interface CaseMay { action: string; title: string; title_en: string; note: 'none' | 'optional' | 'required'; form: string; blocked: string | null }
export interface Case extends CaseSummary { mounted: boolean; offer_until: string | null; is_asker: boolean; is_supplier: boolean; subject: string; subject_id: Id | null; form: Record<string, unknown>; decision: Decision | null; account_id: Id | null; account_name: string | null; events: CaseEvent[]; may: CaseMay[]; deliveries: CaseDelivery[]; clocks: CaseStage[]; ladder: Gen.CaseReadOutput['ladder']; parent: CaseLink[]; children: CaseLink[]; duplicates: CaseLink[]; main: Gen.CaseReadOutput['main'] }
/** What a share request asks for; of other processes a form of their own. */
export const askForm = (one: { form: Record<string, unknown> }) => one.form as unknown as AskForm
export type Ratings = Gen.RatingListOutput
export interface CaseDelivery { notice_no: number; channel: 'webhook' | 'mail' | 'sms'; state: 'waiting' | 'sent' | 'failed'; attempts: number; at: Time | null; detail: string | null; receipt: 'underway' | 'delivered' | 'failed' | null }
export interface OrgAddress { channel: 'mail' | 'mobile'; address: string }
export interface AskAccount { account_id: Id; login: string; name: string; own: boolean }
export type Limit = Record<string, number>
export type CalendarTried = Gen.CalendarRehearseOutput
export interface Rehearsal { changes: { case_id: Id; number: string; title: string; state_title: string; state_title_en: string; before: string; after: string; begun_at: Time; due_before: Time | null; due_after: Time | null }[]; changed: number; cases: number; steps: number; before: Record<string, number>; after: Record<string, number> }
export interface ProcessInForce { name: string; version: number; document: { line?: string; title: string; title_en: string; states: { name: string; title: string; title_en: string; turn?: string; outcome?: string; limit?: Limit | { of: string }; remind?: Limit; ladder?: { at: Limit; step: string; tell?: string[] }[] }[] } }

export interface OverviewItem {
	kind: string; subject_id?: Id; resource_id?: Id; name?: string; count?: number; at?: Time; detail?: string
}
export type Overview = Record<'waits' | 'broke' | 'late', OverviewItem[]> & Pick<Gen.SystemOverviewOutput, 'numbers'>

export interface Dimension { name: 'completeness' | 'validity' | 'uniqueness' | 'consistency' | 'timeliness'; score: number | null; bad: number; base: number }
export interface QualityLoad {
	job_id: Id; at: Time; score: number | null; row_count: number; version: number; dimensions: Dimension[]; whole: boolean
	held: { score: number | null; row_count: number; quarantined: number; dimensions: Dimension[] }
	fields?: { name: string; title: string; required: boolean; missing: number; bad: number }[]; rules?: { rule: string; field: string; count: number }[]
}
export interface QualityFinding { kind: string; since: Time; seen: Time; detail: { promise?: string; loaded_at?: Time; late_hours?: number; score?: number; least?: number; mounted?: boolean; error?: string } }
export interface Quality { loads: QualityLoad[]; findings: QualityFinding[]; quarantined: number }
export interface QualityRow {
	resource_id: Id; name: string; org_id: Id; org_name: string; loaded_at: Time | null; score: number | null; measured_at: Time | null; job_id: Id
	dimensions: Dimension[]; findings: string[]
}
export interface QualityPage extends Page<QualityRow> { patrol: { at: Time; checked: number; found: number } | null }

export type EventRow = Gen.EventListOutput['items'][number]
export type EventOne = Gen.EventGetOutput
export type Verification = Omit<Gen.VerificationGetOutput, 'events'> & { events: CaseEvent[] }
export type VerificationRow = Gen.VerificationListOutput['items'][number]
export type VerificationSent = Gen.VerificationSendOutput
export type Comparison = Gen.ComparisonGetOutput
export type ComparisonRow = Gen.ComparisonListOutput['items'][number]
export type Difference = Gen.ComparisonDifferencesOutput['items'][number]
export type Doubt = Gen.VerificationDoubtsOutput['items'][number]
export type EventPhoto = Gen.EventPhotoOutput
export type EventLike = Gen.EventAlikeOutput['items'][number]
export type EventClass = Gen.EventClassesOutput['items'][number]
export type EventClassOne = Gen.EventClassOutput
export type Alike = Gen.EventAlikeOutput['items'][number]
export type EventStats = Gen.EventStatsOutput
export type EventStatUnit = EventStats['items'][number]
export type EventStatTrend = Gen.EventStatsTrendOutput
export type EventStatCase = Gen.EventStatsCasesOutput['items'][number]
export type Partner = Gen.PartnerListOutput['items'][number]
export type PartnerMessage = Gen.PartnerMessagesOutput['items'][number]
export type PartnerOrders = Gen.PartnerOrdersOutput
export type EventImport = Gen.IntakeListOutput['items'][number]
export type EventImportLook = Gen.IntakeLookOutput
export type DutyLine = Gen.EventDutiesOutput['items'][number]
export interface DutyFields { class_code: string; area_code: string; org_id: Id; basis: string; from_day?: string; until_day?: string }

export type HotlineCall = Gen.HotlineCallsOutput['items'][number]
export type HotlineDrop = Gen.HotlineRecordingsFilesOutput['items'][number]
export type HotlineArticle = Gen.HotlineArticlesOutput['items'][number]
export type HotlineType = Gen.HotlineCallInput['type']
