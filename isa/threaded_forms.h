/*
 * Forms of rows for which an operand decides so much that the threaded engine has a handler for
 * each of its values: the row's body with the operand fixed. Include after the bodies.
 */
#define FORM(name, id, fixed)                                                                      \
    SEM(name)                                                                                      \
    {                                                                                              \
        struct insn known = *op;                                                                   \
        fixed;                                                                                     \
        return sem_##id(cpu, &known, variant, cia, nia);                                           \
    }
#ifdef THREADED_FORMS_COMPARE
FORM(CMPI_N, CMPI, known.rt &= (uint8_t)~1u)
FORM(CMPI_W, CMPI, known.rt |= 1)
FORM(CMP_N, CMP, known.rt &= (uint8_t)~1u)
FORM(CMP_W, CMP, known.rt |= 1)
FORM(CMPL_N, CMPL, known.rt &= (uint8_t)~1u)
FORM(CMPL_W, CMPL, known.rt |= 1)
FORM(CMPLI_N, CMPLI, known.rt &= (uint8_t)~1u)
FORM(CMPLI_W, CMPLI, known.rt |= 1)
#endif
#ifdef THREADED_FORMS_SPR
FORM(MFLR, MFSPR, known.imm = 8)
FORM(MTLR, MTSPR, known.imm = 8)
FORM(MTCTR, MTSPR, known.imm = 9)
#endif
#undef FORM
