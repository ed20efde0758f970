/* JSON objects as values of options: the same as their members as keys of a compound value. */
#ifndef HORNPIPE_JSON_KEYS_H
#define HORNPIPE_JSON_KEYS_H

#include "base/options.h"

/*
 * If the value of `use` begins with "{" it is a JSON object: *out is then a copy of `use` whose
 * value has its members as KEY=VALUE[,KEY=VALUE]..., those of an inner object as KEY.KEY, true and
 * false as on and off. Otherwise *out is `use`. STATUS_USAGE names the byte where it is no JSON,
 * or the key; lists and null have no place in a value.
 */
enum sim_status json_keys(const struct option_use *use, struct option_use *out);

#endif
