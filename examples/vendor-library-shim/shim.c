/* A library that stands in for a vendor's, and asks pos-guard before each transaction.
 *
 * Many terminals come with a .so that exports one function, which a till calls through ctypes, JNI
 * or cgo. Build this file under the vendor's own file name, put it where the till looks, and keep
 * the vendor's file elsewhere, readable by nobody but the guard's group:
 *
 *   cc -std=c99 -shared -fPIC -o libmispos.so shim.c ../pos_guard_client.c -ldl
 *
 * POS_GUARD_SOCKET   the decision socket
 * POS_GUARD_VENDOR   the vendor's own library
 *
 * Nothing is preloaded: the till loads this library by name. Whatever goes wrong here is a "no".
 * The function below is a sample; write your vendor's in its place, and its own code for "no".
 */
#define _POSIX_C_SOURCE 200809L
#include "../pos_guard_client.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As the sample vendor's header has it. Amounts are cents; answer holds answer_size bytes. */
enum { MIS_SALE = 1, MIS_VOID = 2, MIS_REFUND = 3 };
enum { MIS_OK = 0, MIS_TIMEOUT = -2, MIS_HOST_TIMEOUT = -3, MIS_REFUSED = -4 };
int mis_transact(int type, long long cents, const char *original, char *answer, int answer_size);

typedef int (*transact)(int, long long, const char *, char *, int);

enum { ASK_SECONDS = 5, PERSON_SECONDS = 60 };

static int no(char *answer, int size, const char *why) {
    if (answer && size > 0) snprintf(answer, (size_t)size, "%s", why);
    return MIS_REFUSED;
}

/* The library stays loaded: vendors' libraries often start threads. */
static transact vendor(void) {
    const char *path = getenv("POS_GUARD_VENDOR");
    void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    transact found = NULL;
    /* ISO C knows no way from void * to a function pointer; POSIX says that they are alike. */
    void *symbol = library ? dlsym(library, "mis_transact") : NULL;
    memcpy(&found, &symbol, sizeof found);
    return found == mis_transact ? NULL : found;
}

static const char *kind_of(int type) {
    switch (type) {
    case MIS_SALE: return "sale";
    case MIS_VOID: return "void";
    case MIS_REFUND: return "refund";
    default: return NULL;
    }
}

/* What came of it. Only the vendor's own words for yes and no are taken for one. */
static const char *result_of(int code) {
    if (code == MIS_OK) return "approved";
    return code == MIS_REFUSED ? "declined" : "unknown";
}

int mis_transact(int type, long long cents, const char *original, char *answer, int answer_size) {
    const char *kind = kind_of(type), *path = getenv("POS_GUARD_SOCKET");
    struct pg_verdict verdict = {0, "", ""};
    if (!kind || cents < 0) return no(answer, answer_size, "this transaction is not allowed");
    struct pg_request request = {kind, "card", cents, "CNY", original, NULL};
    int guard = path ? pg_open(path, ASK_SECONDS) : -1;
    if (guard < 0) return no(answer, answer_size, "no guard");
    enum pg_answer said = pg_ask(guard, &request, &verdict);
    if (said == PG_NEEDS_PERSON)
        said = pg_wait(guard, verdict.decision, PERSON_SECONDS, &verdict);
    if (said != PG_ALLOWED) {
        pg_close(guard);
        return no(answer, answer_size, said == PG_ERROR ? "no answer from the guard" : verdict.say);
    }
    /* The vendor's file is opened only now: its start-up code is its own, too. */
    transact real = vendor();
    if (!real) {
        pg_result(guard, verdict.decision, "declined", cents, "CNY", NULL);
        pg_close(guard);
        return no(answer, answer_size, "the vendor's library cannot be loaded");
    }
    int code = real(type, cents, original, answer, answer_size);
    /* A report that is lost leaves an unknown outcome, which the guard has a person resolve. */
    const char *receipt = code == MIS_OK && answer && answer_size > 0 ? answer : NULL;
    pg_result(guard, verdict.decision, result_of(code), cents, "CNY", receipt);
    pg_close(guard);
    return code;
}
