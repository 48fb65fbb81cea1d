// The second client of the latency figure. It hears the inputs and the verdicts on one connection
// and one clock. A broker hands the input to the daemon and to us at the same time, so the time from
// the closing message to the verdict is the daemon's, plus the verdict's way through the broker.

#include "load.h"

#include <mosquitto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { assetsMax = 1000, sensesMax = 3, windowsKept = 64, latenciesMax = 1 << 20 };

static int64_t newest[assetsMax][sensesMax];
static int64_t watermark[assetsMax];
static int64_t closedAt[assetsMax][windowsKept];
static int64_t closedWindow[assetsMax][windowsKept];
static int64_t lateness;
static int64_t windowLength;
static double latencies[latenciesMax];
static int latencyCount;
static int unmatched;
static volatile sig_atomic_t isOver;

static void over(int signal)
{
    (void)signal;
    isOver = 1;
}

static void hearInput(int asset, int sense, int64_t time, int64_t now)
{
    if (time > newest[asset][sense]) newest[asset][sense] = time;
    int64_t least = newest[asset][0];
    for (int s = 1; s < sensesMax; s++)
        if (newest[asset][s] < least) least = newest[asset][s];
    if (!least) return;
    int64_t before = watermark[asset], after = least - lateness;
    watermark[asset] = after;
    if (!before) return;
    for (int64_t w = before / windowLength; w < after / windowLength; w++) {
        closedAt[asset][w % windowsKept] = now;
        closedWindow[asset][w % windowsKept] = w;
    }
}

static void hearVerdict(int asset, int64_t start, int64_t now)
{
    int64_t w = start / windowLength;
    if (closedWindow[asset][w % windowsKept] != w) {
        unmatched++;
    } else if (latencyCount < latenciesMax) {
        latencies[latencyCount++] = (double)(now - closedAt[asset][w % windowsKept]) / 1e6;
    }
}

static void received(struct mosquitto *client, void *context, const struct mosquitto_message *message)
{
    (void)client, (void)context;
    int64_t now = monotonicNanoseconds();
    int asset, sense;
    if (message->payloadlen < 20 || message->payloadlen > 1 << 16) return;
    if (sscanf(message->topic, "features/a%d/s%d", &asset, &sense) == 2) {
        if (asset < 0 || asset >= assetsMax || sense < 0 || sense >= sensesMax) return;
        hearInput(asset, sense, strtoll((char *)message->payload + 6, NULL, 10), now);
    } else if (sscanf(message->topic, "anchord/%*[^/]/asset/a%d/score", &asset) == 1) {
        if (asset < 0 || asset >= assetsMax) return;
        static const char key[] = "\"window_start_ms\":";
        char *start = memmem(message->payload, (size_t)message->payloadlen, key, sizeof key - 1);
        if (start) hearVerdict(asset, strtoll(start + sizeof key - 1, NULL, 10), now);
    }
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int watchVerdicts(int count, char **arguments)
{
    lateness = numberArgument(count, arguments, "lateness_ms");
    windowLength = numberArgument(count, arguments, "window_ms");
    struct sigaction action = {.sa_handler = over};
    sigaction(SIGTERM, &action, NULL);
    mosquitto_lib_init();
    struct mosquitto *client = mosquitto_new(NULL, true, NULL);
    if (!client) fail("make a client");
    mosquitto_message_callback_set(client, received);
    int port = (int)numberArgument(count, arguments, "port");
    if (mosquitto_connect(client, "127.0.0.1", port, 60)) fail("connect to the broker");
    mosquitto_subscribe(client, NULL, "features/#", 0);
    mosquitto_subscribe(client, NULL, "anchord/+/asset/+/score", 0);
    puts("ready");
    fflush(stdout);
    while (!isOver) mosquitto_loop(client, 100, 1);
    qsort(latencies, (size_t)latencyCount, sizeof *latencies, rising);
    double shares[] = {0.5, 0.9, 0.99, 0.999, 1};
    double values[5] = {0};
    for (int i = 0; i < 5 && latencyCount; i++) {
        int place = (int)(shares[i] * latencyCount);
        values[i] = latencies[place < latencyCount ? place : latencyCount - 1];
    }
    printf(
        "{\"count\":%d,\"unmatched\":%d,\"p50\":%.3f,\"p90\":%.3f,\"p99\":%.3f,\"p999\":%.3f,"
        "\"max\":%.3f}\n",
        latencyCount, unmatched, values[0], values[1], values[2], values[3], values[4]);
    return 0;
}
