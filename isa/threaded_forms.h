/* The bodies of threaded_forms.def: include after those of their rows. */
#define COMPARE_FORM(name, id, fixed, when)                                                        \
    SEM(name)                                                                                      \
    {                                                                                              \
        struct insn known = *op;                                                                   \
        fixed;                                                                                     \
        return sem_##id(cpu, &known, variant, cia, nia);                                           \
    }
#define SPR_FORM COMPARE_FORM
#include "isa/threaded_forms.def"
#undef COMPARE_FORM
#undef SPR_FORM
