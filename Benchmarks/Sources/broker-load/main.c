// The processes that a benchmark of anchord needs around it. Started by anchord-bench.

#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *textArgument(int count, char **arguments, const char *name)
{
    size_t length = strlen(name);
    for (int i = 0; i < count; i++) {
        if (!strncmp(arguments[i], name, length) && arguments[i][length] == '=')
            return arguments[i] + length + 1;
    }
    fprintf(stderr, "broker-load: %s= is missing\n", name);
    exit(64);
}

long long numberArgument(int count, char **arguments, const char *name)
{
    const char *text = textArgument(count, arguments, name);
    char *end;
    long long number = strtoll(text, &end, 10);
    if (end == text || *end) {
        fprintf(stderr, "broker-load: %s=%s is no number\n", name, text);
        exit(64);
    }
    return number;
}

int64_t monotonicNanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

void fail(const char *attempt)
{
    fprintf(stderr, "broker-load: could not %s: ", attempt);
    perror(NULL);
    exit(1);
}

int main(int count, char **arguments)
{
    const char *part = count > 1 ? arguments[1] : "";
    if (!strcmp(part, "publish")) return publishLoad(count - 2, arguments + 2);
    if (!strcmp(part, "subscribe")) return subscribeBare(count - 2, arguments + 2);
    if (!strcmp(part, "watch")) return watchVerdicts(count - 2, arguments + 2);
    fprintf(stderr, "usage: broker-load publish|subscribe|watch name=value...\n");
    return 64;
}
