/* The bodies of threaded_forms.def: include after those of their rows. */
#define ASSUME(condition) (void)((condition) ? 0 : (__builtin_unreachable(), 0))
#define FORM(name, id, effects, fixed, when)                                                       \
    SEM(name)                                                                                      \
    {                                                                                              \
        struct insn known = *op;                                                                   \
        fixed;                                                                                     \
        return sem_##id(cpu, &known, variant, cia, nia);                                           \
    }
#include "isa/threaded_forms.def"
#undef FORM
