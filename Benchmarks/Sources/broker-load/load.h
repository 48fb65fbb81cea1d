/// What the three parts of `broker-load` share.

#pragma once

#include <stdint.h>

/// The number given as `name=value`; ends the process when it is missing or no number.
long long numberArgument(int count, char **arguments, const char *name);

/// The text given as `name=value`; ends the process when it is missing.
const char *textArgument(int count, char **arguments, const char *name);

/// Nanoseconds of a clock that never steps.
int64_t monotonicNanoseconds(void);

/// Says what could not be done, with the reason the system gives, and ends the process.
void fail(const char *attempt);

/// Messages as fast as the broker takes them, or at a rate, prepared beforehand.
int publishLoad(int count, char **arguments);

/// The least that a subscriber written with libmosquitto can do: count.
int subscribeBare(int count, char **arguments);

/// From the arrival of the message that closes a window to the arrival of its verdict.
int watchVerdicts(int count, char **arguments);
