/* A client of the pos-guard decision socket: ask before you act. C99 and POSIX, no dependencies.
 *
 * Rule one: whatever goes wrong here means "no". Submit only when pg_ask returned PG_ALLOWED.
 * Rule two: keep the connection open from pg_ask to pg_result; a lost one means "unknown".
 * The protocol is described in docs/decision-socket.md.
 */
#ifndef POS_GUARD_CLIENT_H
#define POS_GUARD_CLIENT_H

enum pg_answer {
    PG_ERROR = -1,       /* no guard, no answer, or a request it does not take: submit nothing */
    PG_DENIED = 0,       /* show verdict.say, submit nothing */
    PG_ALLOWED = 1,      /* submit now, then pg_result */
    PG_NEEDS_PERSON = 2  /* a second person must agree: pg_wait */
};

struct pg_verdict {
    long decision;    /* the number for pg_wait and pg_result */
    char reason[32];  /* a stable word such as over-limit, for programs */
    char say[256];    /* words for the cashier, UTF-8 */
};

/* What is submitted. Amounts are in minor units (cents); text that is NULL is left out. */
struct pg_request {
    const char *kind;     /* "sale", "refund", "void" ... */
    const char *tender;   /* "card", "wechat", "alipay" ... */
    long long amount;
    const char *currency; /* "EUR" */
    const char *original; /* what the sale to be undone is called in the request, or NULL */
    const char *payee;    /* terminal or merchant id, or NULL */
};

/* Connect; each later call gives up after seconds. Returns a descriptor, or -1. */
int pg_open(const char *path, int seconds);
void pg_close(int fd);

/* Tell who is at the till, and what is to be undone (a sale id); either may be NULL. 0 or -1. */
int pg_context(int fd, const char *operator_id, const char *original);

/* Tell what the customer owes. 0 or -1. */
int pg_order(int fd, const char *order_id, long long total, const char *currency);

enum pg_answer pg_ask(int fd, const struct pg_request *request, struct pg_verdict *verdict);

/* Wait for the second person, at most seconds (170). PG_NEEDS_PERSON: nobody answered yet. */
enum pg_answer pg_wait(int fd, long decision, int seconds, struct pg_verdict *verdict);

/* Report "approved", "declined" or "unknown", and the terminal's receipt number or NULL. 0 or -1. */
int pg_result(int fd, long decision, const char *result, long long amount, const char *currency,
              const char *receipt);

#endif
