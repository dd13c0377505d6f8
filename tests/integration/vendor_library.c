/* A vendor's library as tests need it: it writes what it did to the file MIS_LOG names. */
#include <stdio.h>
#include <stdlib.h>

int mis_transact(int type, long long cents, const char *original, char *answer, int answer_size) {
    FILE *log = fopen(getenv("MIS_LOG"), "a");
    if (!log) return -1;
    fprintf(log, "%d %lld %s\n", type, cents, original ? original : "-");
    fclose(log);
    if (cents == 300) return -3; /* the host did not answer */
    if (cents == 400) return -4; /* the customer's bank said no */
    snprintf(answer, (size_t)answer_size, "%06d", 7);
    return 0;
}
