// The publisher. Speaks MQTT 3.1.1 itself: packets are written before the clock starts, a send takes
// many of them, and the processor's time is left to the broker and to what is measured.

#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    hiddenStates = 64,  // of the machine; all senses of an asset show the same one
    variants = 16,      // of each, with other noise
    hiddenSize = 4,
    bufferBytes = 1 << 16,
    unacknowledgedMax = 2000,
};

/// One prepared payload; `stamp` is where the event time goes.
struct Payload {
    uint8_t *bytes;
    int count;
    int stamp;
};

enum Shape { raw, json, plant };

struct Sense {
    const char *name;
    enum { rawVector, jsonVector, logLine } form;
    int size;
    int roundsPerMessage;
    struct Payload payloads[hiddenStates * variants];
};

static int broker;
static uint8_t buffer[bufferBytes];
static int buffered;
static int64_t acknowledged;

static uint64_t dice = 0x9E3779B97F4A7C15;

/// SplitMix64 (Steele, Lea and Flood 2014): the same load in every run.
static uint64_t mixed(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

static double gauss(void)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) sum += (double)(mixed(dice += 0x9E3779B97F4A7C15) >> 11) * 0x1p-53;
    return sum;
}

static void prepare(struct Sense *sense, double hidden[hiddenStates][hiddenSize])
{
    static const char *words[] = {"started", "closed", "heated", "opened", "moved", "done"};
    double *mixing = malloc(sizeof(double) * hiddenSize * (size_t)sense->size);
    for (int i = 0; i < hiddenSize * sense->size; i++) mixing[i] = gauss();
    for (int p = 0; p < hiddenStates * variants; p++) {
        struct Payload *payload = &sense->payloads[p];
        double *state = hidden[p / variants];
        payload->bytes = malloc(64 + 16 * (size_t)sense->size);
        char *text = (char *)payload->bytes;
        if (sense->form == logLine) {
            payload->stamp = 6;
            payload->count = sprintf(
                text, "{\"ts\":0000000000000,\"line\":\"INFO press %s cycle %d in %d ms\"}",
                words[(p / variants) % 6], 1000 + p, 40 + p % 7);
            continue;
        }
        int at = sense->form == rawVector ? 8 : sprintf(text, "{\"ts\":0000000000000,\"v\":[");
        payload->stamp = sense->form == rawVector ? 0 : 6;
        for (int j = 0; j < sense->size; j++) {
            double x = 0.3 * gauss();
            for (int k = 0; k < hiddenSize; k++) x += mixing[j * hiddenSize + k] * state[k];
            if (sense->form == rawVector) {
                float number = (float)x;
                memcpy(payload->bytes + at, &number, 4);
                at += 4;
            } else {
                at += sprintf(text + at, j ? ",%.4f" : "%.4f", x);
            }
        }
        if (sense->form == jsonVector) at += sprintf(text + at, "]}");
        payload->count = at;
    }
    free(mixing);
}

static void sendAll(const uint8_t *bytes, int count)
{
    while (count > 0) {
        ssize_t sent = send(broker, bytes, (size_t)count, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) fail("send to the broker");
        bytes += sent;
        count -= (int)sent;
    }
}

static void flushBuffer(void)
{
    sendAll(buffer, buffered);
    buffered = 0;
}

/// Counts the PUBACKs (4 bytes each) that are there; waits for some when asked to.
static void takeAcknowledgements(int wait)
{
    static int64_t bytes;
    uint8_t answers[1 << 14];
    struct pollfd ready = {broker, POLLIN, 0};
    while (poll(&ready, 1, wait ? 1000 : 0) > 0) {
        ssize_t count = recv(broker, answers, sizeof answers, 0);
        if (count <= 0) fail("hear from the broker");
        bytes += count;
        acknowledged = bytes / 4;
        wait = 0;
    }
}

static void connectTo(int port)
{
    static const uint8_t hello[] = {0x10, 20, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0,
                                    0,    8,  'a', 'b', '-', 'l', 'o', 'a', 'd', '1'};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    broker = socket(AF_INET, SOCK_STREAM, 0);
    if (broker < 0 || connect(broker, (struct sockaddr *)&address, sizeof address))
        fail("connect to the broker");
    sendAll(hello, sizeof hello);
    uint8_t answer[4];
    if (recv(broker, answer, 4, MSG_WAITALL) != 4 || answer[3]) fail("be let in by the broker");
}

static void append(
    const char *prefix, int asset, const struct Sense *sense, const struct Payload *payload,
    int qos, uint16_t packet, int64_t time)
{
    char topic[64];
    int topicBytes = sprintf(topic, "%s/a%04d/%s", prefix, asset, sense->name);
    int rest = 2 + topicBytes + (qos ? 2 : 0) + payload->count;
    if (buffered + rest + 5 > bufferBytes) flushBuffer();
    uint8_t *out = buffer + buffered;
    *out++ = (uint8_t)(0x30 | qos << 1);
    for (int length = rest; ; ) {
        *out++ = (uint8_t)(length % 128 | (length >= 128 ? 128 : 0));
        if (!(length /= 128)) break;
    }
    *out++ = (uint8_t)(topicBytes >> 8);
    *out++ = (uint8_t)topicBytes;
    memcpy(out, topic, (size_t)topicBytes);
    out += topicBytes;
    if (qos) {
        *out++ = (uint8_t)(packet >> 8);
        *out++ = (uint8_t)packet;
    }
    memcpy(out, payload->bytes, (size_t)payload->count);
    if (sense->form == rawVector) {
        memcpy(out, &time, 8);
    } else {
        for (int digit = 12; digit >= 0; digit--, time /= 10)
            out[payload->stamp + digit] = (uint8_t)('0' + time % 10);
    }
    buffered = (int)(out - buffer) + payload->count;
}

int publishLoad(int count, char **arguments)
{
    const char *prefix = textArgument(count, arguments, "prefix");
    const char *shapeName = textArgument(count, arguments, "shape");
    int assets = (int)numberArgument(count, arguments, "assets");
    int qos = (int)numberArgument(count, arguments, "qos");
    int64_t start = numberArgument(count, arguments, "start_ms");
    // Messages per second; 0: as fast as the broker takes them.
    double rate = (double)numberArgument(count, arguments, "rate");
    // 0: event time passes as real time does. Else each round of all assets is so much later.
    int64_t step = numberArgument(count, arguments, "step_ms");
    // Of real time, or with a step of event time.
    double seconds = (double)numberArgument(count, arguments, "seconds");

    enum Shape shape = !strcmp(shapeName, "raw") ? raw : !strcmp(shapeName, "json") ? json : plant;
    static struct Sense senses[3];
    static const char *names[] = {"camera", "audio", "log"};
    double hidden[hiddenStates][hiddenSize];
    for (int h = 0; h < hiddenStates; h++)
        for (int k = 0; k < hiddenSize; k++) hidden[h][k] = gauss();
    for (int s = 0; s < 3; s++) {
        senses[s].name = shape == plant ? names[s] : (const char *[]){"s0", "s1", "s2"}[s];
        senses[s].form = shape == raw ? rawVector : jsonVector;
        senses[s].size = 128;
        senses[s].roundsPerMessage = 1;
        if (shape == plant && s == 1) senses[s].size = 64;
        if (shape == plant && s == 2) {
            senses[s].form = logLine;
            senses[s].roundsPerMessage = 5;  // camera and audio at 10 Hz, logs at 2 Hz
        }
        prepare(&senses[s], hidden);
    }

    connectTo((int)numberArgument(count, arguments, "port"));
    int64_t begin = monotonicNanoseconds();
    int64_t sent = 0, now = begin;
    uint16_t packet = 0;
    for (int64_t round = 0;; round++) {
        if (step ? round * step >= seconds * 1000 : now - begin >= seconds * 1e9) break;
        for (int asset = 0; asset < assets; asset++) {
            // One reading of the clock per asset keeps the publisher cheap.
            now = monotonicNanoseconds();
            int64_t time = step ? start + round * step : start + (now - begin) / 1000000;
            uint64_t window = (uint64_t)(time / 1000);
            uint64_t state = mixed(window * 7919 + (uint64_t)asset * 104729) % hiddenStates;
            for (int s = 0; s < 3; s++) {
                if (round % senses[s].roundsPerMessage) continue;
                uint64_t variant = mixed((uint64_t)sent) % variants;
                packet = packet == 65535 ? 1 : packet + 1;
                append(
                    prefix, asset, &senses[s], &senses[s].payloads[state * variants + variant],
                    qos, packet, time);
                sent++;
            }
            if (qos && sent - acknowledged > unacknowledgedMax) {
                flushBuffer();
                takeAcknowledgements(0);
                while (sent - acknowledged > unacknowledgedMax) takeAcknowledgements(1);
            }
            if (rate > 0) {
                double ahead = (double)sent / rate - (double)(now - begin) / 1e9;
                if (ahead > 0.001) {
                    flushBuffer();
                    usleep((useconds_t)(ahead * 1e6));
                }
            }
        }
    }
    flushBuffer();
    while (qos && acknowledged < sent) takeAcknowledgements(1);
    double spent = (double)(monotonicNanoseconds() - begin) / 1e9;
    static const uint8_t farewell[] = {0xE0, 0};
    sendAll(farewell, sizeof farewell);
    shutdown(broker, SHUT_WR);
    uint8_t end;
    while (recv(broker, &end, 1, 0) > 0) {}
    printf("{\"sent\":%lld,\"seconds\":%.6f}\n", (long long)sent, spent);
    return 0;
}
