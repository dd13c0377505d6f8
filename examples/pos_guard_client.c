#define _POSIX_C_SOURCE 200809L
#include "pos_guard_client.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define LINE 4096 /* a verdict has some 500 bytes; a longer answer is an error */

struct out { char text[LINE]; size_t used; int full; };

static void put(struct out *out, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int n = vsnprintf(out->text + out->used, LINE - out->used, format, list);
    va_end(list);
    if (n < 0 || (size_t)n >= LINE - out->used) out->full = 1;
    else out->used += (size_t)n;
}

static void put_text(struct out *out, const char *key, const char *value) {
    if (!value) return;
    put(out, ",\"%s\":\"", key);
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        if (c == '"' || c == '\\') put(out, "\\%c", c);
        else if (c < 0x20) put(out, "\\u%04x", c);
        else put(out, "%c", c);
    }
    put(out, "\"");
}

static void begin(struct out *out, const char *op) {
    out->used = 0;
    out->full = 0;
    put(out, "{\"v\":1,\"op\":\"%s\"", op);
}

static const char *blank(const char *at) { return at + strspn(at, " \t\r\n"); }

/* The end of the string that starts at this quote, or NULL. */
static const char *string_end(const char *at) {
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && !*++at) return NULL;
    return *at ? at + 1 : NULL;
}

/* The value of a key of the object at json (not of objects inside it), or NULL. */
static const char *field(const char *json, const char *key) {
    int depth = 0;
    size_t length = strlen(key);
    while (json && *json) {
        if (*json == '{' || *json == '[') depth++;
        if ((*json == '}' || *json == ']') && --depth == 0) return NULL;
        if (*json != '"') { json++; continue; }
        const char *end = string_end(json);
        if (!end) return NULL;
        const char *after = blank(end);
        if (depth == 1 && *after == ':' && (size_t)(end - json) == length + 2
            && !strncmp(json + 1, key, length)) return blank(after + 1);
        json = end;
    }
    return NULL;
}

static int is_true(const char *json, const char *key) {
    const char *value = field(json, key);
    return value && !strncmp(value, "true", 4);
}

static void copy_text(char *to, size_t size, const char *from) {
    size_t used = 0;
    if (from && *from == '"')
        for (from++; *from && *from != '"' && used + 1 < size; from++) {
            if (*from == '\\' && from[1]) from++; /* \n and \u escapes lose their meaning only */
            to[used++] = *from;
        }
    to[used] = 0;
}

/* Send the request and read one line into answer. 0 when the guard said ok. */
static int talk(int fd, struct out *out, char *answer) {
    put(out, "}\n");
    if (fd < 0 || out->full) return -1;
    for (size_t sent = 0; sent < out->used;) {
        ssize_t n = send(fd, out->text + sent, out->used - sent, MSG_NOSIGNAL);
        if (n <= 0) return -1;
        sent += (size_t)n;
    }
    for (size_t got = 0; got < LINE - 1;) {
        ssize_t n = recv(fd, answer + got, LINE - 1 - got, 0);
        if (n <= 0) return -1;
        got += (size_t)n;
        answer[got] = 0;
        if (answer[got - 1] == '\n') return is_true(answer, "ok") ? 0 : -1;
    }
    return -1;
}

static enum pg_answer verdict_of(const char *answer, struct pg_verdict *verdict) {
    const char *number = field(answer, "decision"), *say = field(answer, "say");
    if (!number) return PG_ERROR;
    verdict->decision = strtol(number, NULL, 10);
    copy_text(verdict->reason, sizeof verdict->reason, field(answer, "reason"));
    copy_text(verdict->say, sizeof verdict->say, say ? field(say, "en") : NULL);
    if (is_true(answer, "allowed")) return PG_ALLOWED;
    return is_true(answer, "needs_person") || is_true(answer, "waiting") ? PG_NEEDS_PERSON : PG_DENIED;
}

int pg_open(const char *path, int seconds) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval limit = {.tv_sec = seconds};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (strlen(path) < sizeof address.sun_path) {
        memcpy(address.sun_path, path, strlen(path) + 1);
        if (!connect(fd, (struct sockaddr *)&address, sizeof address)) return fd;
    }
    close(fd);
    return -1;
}

void pg_close(int fd) { if (fd >= 0) close(fd); }

int pg_context(int fd, const char *operator_id, const char *original) {
    struct out out;
    char answer[LINE];
    begin(&out, "context");
    put_text(&out, "operator", operator_id);
    put_text(&out, "original", original);
    return talk(fd, &out, answer);
}

int pg_order(int fd, const char *order_id, long long total, const char *currency) {
    struct out out;
    char answer[LINE];
    begin(&out, "context");
    put(&out, ",\"order\":{\"total\":%lld", total);
    put_text(&out, "id", order_id);
    put_text(&out, "currency", currency);
    put(&out, "}");
    return talk(fd, &out, answer);
}

enum pg_answer pg_ask(int fd, const struct pg_request *request, struct pg_verdict *verdict) {
    struct out out;
    char answer[LINE];
    begin(&out, "ask");
    put(&out, ",\"amount\":%lld", request->amount);
    put_text(&out, "kind", request->kind);
    put_text(&out, "tender", request->tender);
    put_text(&out, "currency", request->currency);
    put_text(&out, "original", request->original);
    put_text(&out, "payee", request->payee);
    return talk(fd, &out, answer) ? PG_ERROR : verdict_of(answer, verdict);
}

enum pg_answer pg_wait(int fd, long decision, int seconds, struct pg_verdict *verdict) {
    struct out out;
    char answer[LINE];
    struct timeval limit = {.tv_sec = seconds + 5};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    begin(&out, "wait");
    put(&out, ",\"decision\":%ld,\"seconds\":%d", decision, seconds);
    return talk(fd, &out, answer) ? PG_ERROR : verdict_of(answer, verdict);
}

int pg_result(int fd, long decision, const char *result, long long amount, const char *currency,
              const char *receipt) {
    struct out out;
    char answer[LINE];
    begin(&out, "result");
    put(&out, ",\"decision\":%ld,\"amount\":%lld", decision, amount);
    put_text(&out, "result", result);
    put_text(&out, "currency", currency);
    put_text(&out, "receipt", receipt);
    return talk(fd, &out, answer);
}
