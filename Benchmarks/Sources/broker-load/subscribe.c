// The bare subscriber: what the daemon is measured against.

#include "load.h"

#include <fcntl.h>
#include <mosquitto.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/// In a shared file, so that it can be read without asking us.
static volatile uint64_t *total;
static const char *filter;

static void connected(struct mosquitto *client, void *context, int code)
{
    (void)context;
    if (!code) mosquitto_subscribe(client, NULL, filter, 1);
}

static void subscribed(struct mosquitto *client, void *context, int id, int count, const int *qos)
{
    (void)client, (void)context, (void)id, (void)count, (void)qos;
    puts("ready");
    fflush(stdout);
}

static void received(struct mosquitto *client, void *context, const struct mosquitto_message *message)
{
    (void)client, (void)context, (void)message;
    *total += 1;
}

int subscribeBare(int count, char **arguments)
{
    filter = textArgument(count, arguments, "filter");
    int file = open(textArgument(count, arguments, "total"), O_RDWR | O_CREAT, 0600);
    if (file < 0 || ftruncate(file, sizeof *total)) fail("make the shared counter");
    total = mmap(NULL, sizeof *total, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (total == MAP_FAILED) fail("map the shared counter");
    mosquitto_lib_init();
    struct mosquitto *client = mosquitto_new(NULL, true, NULL);
    if (!client) fail("make a client");
    mosquitto_connect_callback_set(client, connected);
    mosquitto_subscribe_callback_set(client, subscribed);
    mosquitto_message_callback_set(client, received);
    int port = (int)numberArgument(count, arguments, "port");
    if (mosquitto_connect(client, "127.0.0.1", port, 60)) fail("connect to the broker");
    return mosquitto_loop_forever(client, -1, 1);
}
