/* A till in C that asks before it refunds.
 *
 *   cc -std=c99 -o till till.c pos_guard_client.c
 *   ./till run/decide.sock ben T1-000001 500
 *
 * Exit 0: refunded. 1: refused. 2: no guard, so nothing was submitted.
 */
#include "pos_guard_client.h"

#include <stdio.h>
#include <stdlib.h>

/* Here your program talks to its terminal. This one is always approved. */
static const char *terminal_refund(long long amount) {
    printf("terminal: refund of %lld\n", amount);
    return "approved";
}

int main(int argc, char **argv) {
    if (argc != 5) return fprintf(stderr, "till SOCKET OPERATOR SALE AMOUNT\n"), 2;
    long long amount = atoll(argv[4]);
    struct pg_request refund = {"refund", "card", amount, "EUR", NULL, "52001233"};
    struct pg_verdict verdict;
    int guard = pg_open(argv[1], 5);
    if (guard < 0) return fprintf(stderr, "no guard: nothing is submitted\n"), 2;
    if (pg_context(guard, argv[2], argv[3])) return printf("operator or sale not known\n"), 1;
    enum pg_answer answer = pg_ask(guard, &refund, &verdict);
    if (answer == PG_NEEDS_PERSON) {
        printf("waiting for a manager, request %ld\n", verdict.decision);
        fflush(stdout);
        answer = pg_wait(guard, verdict.decision, 60, &verdict);
    }
    if (answer != PG_ALLOWED) {
        printf("refused: %s\n", answer == PG_ERROR ? "no answer from the guard" : verdict.say);
        pg_close(guard);
        return answer == PG_ERROR ? 2 : 1;
    }
    const char *result = terminal_refund(amount);
    int reported = pg_result(guard, verdict.decision, result, amount, "EUR", "0008");
    pg_close(guard);
    return reported ? 2 : 0;
}
