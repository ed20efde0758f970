/* Bits of the registers that the whole simulator speaks of (Book III-S 2.07). */
#ifndef HORNPIPE_ISA_MSR_H
#define HORNPIPE_ISA_MSR_H

#include "base/bits.h"

#define MSR_SF  PPC_BIT(0)
#define MSR_HV  PPC_BIT(3)
#define MSR_TS  PPC_BITMASK(29, 30)
#define MSR_TM  PPC_BIT(31)
#define MSR_VEC PPC_BIT(38)
#define MSR_VSX PPC_BIT(40)
#define MSR_EE  PPC_BIT(48)
#define MSR_PR  PPC_BIT(49)
#define MSR_FP  PPC_BIT(50)
#define MSR_ME  PPC_BIT(51)
#define MSR_FE0 PPC_BIT(52)
#define MSR_SE  PPC_BIT(53)
#define MSR_BE  PPC_BIT(54)
#define MSR_FE1 PPC_BIT(55)
#define MSR_IR  PPC_BIT(58)
#define MSR_DR  PPC_BIT(59)
#define MSR_PMM PPC_BIT(61)
#define MSR_RI  PPC_BIT(62)
#define MSR_LE  PPC_BIT(63)

/* SRR1 bits that an interrupt replaces by its cause: IBM bits 33:36 and 42:47. */
#define SRR1_CAUSE_MASK (PPC_BITMASK(33, 36) | PPC_BITMASK(42, 47))

/* SRR1 causes: program interrupt (Book III-S 6.5.9). */
#define SRR1_PROG_TM_BAD      UINT64_C(0x200000)
#define SRR1_PROG_FP_ENABLED  UINT64_C(0x100000)
#define SRR1_PROG_ILLEGAL     UINT64_C(0x080000)
#define SRR1_PROG_PRIVILEGED  UINT64_C(0x040000)
#define SRR1_PROG_TRAP        UINT64_C(0x020000)
#define SRR1_PROG_NOT_CURRENT UINT64_C(0x010000) /* SRR0 is not the excepting instruction */

/* Trace interrupt (Book III-S 6.5.15, 2.07). */
#define SRR1_TRACE       PPC_BIT(33)
#define SRR1_TRACE_LOAD  PPC_BIT(35)
#define SRR1_TRACE_STORE PPC_BIT(36)

/* Storage interrupts: DSISR bits, and SRR1 bits of the instruction side (Book III-S 6.5.3, 6.5.5).
 */
#define DSISR_NO_HPTE     UINT32_C(0x40000000)
#define DSISR_PROTECTION  UINT32_C(0x08000000)
#define DSISR_BAD_ACCESS  UINT32_C(0x04000000) /* larx, stcx., lq, stq where storage forbids it */
#define DSISR_STORE       UINT32_C(0x02000000)
#define DSISR_BREAKPOINT  UINT32_C(0x00400000) /* DABR, DAWR */
#define DSISR_COPROCESSOR UINT32_C(0x00004000) /* icswx: type not authorised */
#define DSISR_KEY         UINT32_C(0x00200000)
#define SRR1_ISI_NOEXEC   UINT64_C(0x10000000)
#define SRR1_MC_DATA      UINT64_C(0x00200000)
#define SRR1_MC_FETCH     UINT64_C(0x00000000)

/* FSCR enables and the cause codes of the facility unavailable interrupt. */
#define FSCR_DSCR     (UINT64_C(1) << 2)
#define FSCR_EBB      (UINT64_C(1) << 7)
#define FSCR_TAR      (UINT64_C(1) << 8)
#define FSCR_IC_SHIFT 56
enum fscr_cause {
    FSCR_IC_DSCR = 2,
    FSCR_IC_PM = 3,
    FSCR_IC_BHRB = 4,
    FSCR_IC_TM = 5,
    FSCR_IC_EBB = 7,
    FSCR_IC_TAR = 8
};

/* PCR: what is hidden from problem state (Book III-S 2.6); VEC and VSX until 2.06, TM since 2.07.
 */
#define PCR_VEC_DIS PPC_BIT(0)
#define PCR_VSX_DIS PPC_BIT(1)
#define PCR_TM_DIS  PPC_BIT(2)
#define PCR_V206    PPC_BIT(61) /* what came after 2.06 */
#define PCR_V205    PPC_BIT(62) /* what came after 2.05 */

/* DABR and DABRX: a doubleword whose accesses are data storage interrupts (2.06 Book III-S 8.1). */
#define DABR_BT          UINT64_C(4) /* while MSR[DR] is this ... */
#define DABR_DW          UINT64_C(2)
#define DABR_DR          UINT64_C(1)
#define DABRX_BTI        UINT64_C(8) /* ... or whatever it is */
#define DABRX_HYPERVISOR UINT64_C(4)
#define DABRX_PRIVILEGED UINT64_C(2)
#define DABRX_PROBLEM    UINT64_C(1)

/* LPCR, as far as it shapes a guest. */
#define LPCR_AIL_SHIFT 23
#define LPCR_AIL       (UINT64_C(3) << LPCR_AIL_SHIFT)
#define LPCR_ILE       UINT64_C(0x02000000)

#endif
