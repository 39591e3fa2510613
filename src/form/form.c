/* form: the room's tables and rows. */
#include "form/internal.h"

static const Migration migrations[] = {
    {.name = "form-1",
     .sql =
         /* spread: reference. document and held are JSON; state: draft, review, open, closed; times UTC µs, 0 = not yet */
     "CREATE TABLE form (form_id BIGINT PRIMARY KEY, org_id BIGINT NOT NULL, title TEXT NOT NULL, purpose TEXT NOT NULL,"
     " basis TEXT NOT NULL, state TEXT NOT NULL, document TEXT NOT NULL, held TEXT NOT NULL, note TEXT NOT NULL,"
     " created_by BIGINT NOT NULL, submitted_by BIGINT NOT NULL, reviewed_by BIGINT NOT NULL, opened_at BIGINT NOT NULL,"
     " due_at BIGINT NOT NULL, closed_at BIGINT NOT NULL, created_at BIGINT NOT NULL, version BIGINT NOT NULL);\n"
     "CREATE INDEX form_org ON form (org_id, form_id);\n"
     "CREATE INDEX form_state ON form (state, form_id);\n"
     /* spread: by(form_id). subject_id: the record it is about, or the answer's own id where it is about none; answered: JSON of
        what was asked for; asked, known: how many items were asked for, and how many were not because they are held */
     "CREATE TABLE form_answer (form_id BIGINT NOT NULL, subject_id BIGINT NOT NULL, answer_id BIGINT NOT NULL,"
     " account_id BIGINT NOT NULL, org_id BIGINT NOT NULL, answered TEXT NOT NULL, asked BIGINT NOT NULL, known BIGINT NOT NULL,"
     " doubts BIGINT NOT NULL, given_at BIGINT NOT NULL, version BIGINT NOT NULL, PRIMARY KEY (form_id, subject_id));\n"
     "CREATE INDEX form_answer_id ON form_answer (form_id, answer_id);\n"
     "CREATE INDEX form_answer_time ON form_answer (given_at)"},
    {.name = "form-2-doubts",
     /* spread: by(case_id). Who doubted what is held: the objection it became or joined; item: as the form called it */
     .sql = "CREATE TABLE form_doubt (case_id BIGINT NOT NULL, account_id BIGINT NOT NULL, form_id BIGINT NOT NULL,"
            " item TEXT NOT NULL, given_at BIGINT NOT NULL, PRIMARY KEY (case_id, account_id));\n"
            "CREATE INDEX form_doubt_account ON form_doubt (account_id, case_id);\n"},
    {.name = "form-3-calls",
     /* call_no: of the call that gave the answer, by its Idempotency-Key; 0 it had none */
     .sql = "ALTER TABLE form_answer ADD COLUMN call_no BIGINT NOT NULL DEFAULT 0;\n"}};

const Module form_module = {
    .name = "form",
    .routes = form_routes,
    .route_count = FORM_ROUTES,
    ROWS_OF(migration, migrations),
};
