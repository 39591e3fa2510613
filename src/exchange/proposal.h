/* Proposal: what the fields of a resource could be, guessed from the header and the first records of a file or table.
 * Always a proposal to a person: each guess says why. Pure but for the reader; any thread. */
#ifndef YIWANG_EXCHANGE_PROPOSAL_H
#define YIWANG_EXCHANGE_PROPOSAL_H
#include "exchange/reader.h"

enum { PROPOSAL_ROWS = 2000, PROPOSAL_EXAMPLES = 3, PROPOSAL_CODES = 20 };

/* A data element of the packs, as far as a proposal needs it. */
typedef struct ProposalElement {
	const char *code, *name;
	const char *const *aliases; /* other words for it in headers, or NULL */
	int alias_count;
	int grade; /* 1..4 */
	Mask mask;
	Check check;
	FieldKind kind;
	int length;           /* 0 = from the data */
	const char *code_set; /* of KIND_CODE, or NULL */
} ProposalElement;

/* Reads up to PROPOSAL_ROWS records and writes the answer's members into an open JSON object:
 * "format","charset","separator"?,"sheets"?,"header_row"?,"rows_seen","fields":[{name,title,source_name,kind,length?,scale?,key,required,unique,indexed,
 * element?,grade,mask,check,code_set?,examples[],distinct[]? (all of at most
 * PROPOSAL_CODES repeating values: perhaps a code set),why}],"problems":[{path,rule,message,advice}]. Examples of fields graded
 * L3/L4 are masked (rq, for MASK_HASH's key and the language, may be NULL: they are left out, and words are English). 0, or the
 * reader's error. */
int proposal_write(Reader *reader, const ProposalElement *elements, int element_count, Request *rq, Arena *arena,
                   JsonWriter *out);
#endif
