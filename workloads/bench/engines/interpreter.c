/*
 * A loop that interprets byte code for a stack machine, through a switch: what most of its time
 * goes to is one indirect branch per byte code. The program computes Collatz lengths.
 */
#include <stdlib.h>

#include "../fp/bench.h"

enum { LIMIT = 90000 };

enum code { PUSH, LOAD, STORE, ADD, MUL, HALVE, ODD, LESS, JUMP, JUMP_IF_ZERO, STOP };

struct step {
    uint8_t code, operand;
};

enum { N, X, LENGTH, LONGEST, BEST, END, VARIABLES };

static const struct step program[] = {
    /*  0 */ {PUSH, 1},
    {STORE, N},
    /*  2 */ {LOAD, N},
    {LOAD, END},
    {LESS, 0},
    {JUMP_IF_ZERO, 44},
    /*  6 */ {LOAD, N},
    {STORE, X},
    {PUSH, 1},
    {STORE, LENGTH},
    /* 10 */ {PUSH, 1},
    {LOAD, X},
    {LESS, 0},
    {JUMP_IF_ZERO, 31},
    /* 14 */ {LOAD, LENGTH},
    {PUSH, 1},
    {ADD, 0},
    {STORE, LENGTH},
    /* 18 */ {LOAD, X},
    {ODD, 0},
    {JUMP_IF_ZERO, 27},
    /* 21 */ {LOAD, X},
    {PUSH, 3},
    {MUL, 0},
    {PUSH, 1},
    {ADD, 0},
    {JUMP, 29},
    /* 27 */ {LOAD, X},
    {HALVE, 0},
    /* 29 */ {STORE, X},
    {JUMP, 10},
    /* 31 */ {LOAD, LONGEST},
    {LOAD, LENGTH},
    {LESS, 0},
    {JUMP_IF_ZERO, 39},
    /* 35 */ {LOAD, LENGTH},
    {STORE, LONGEST},
    {LOAD, N},
    {STORE, BEST},
    /* 39 */ {LOAD, N},
    {PUSH, 1},
    {ADD, 0},
    {STORE, N},
    {JUMP, 2},
    /* 44 */ {STOP, 0},
};

__attribute__((noinline)) static void interpret(const struct step *at, uint64_t *variables)
{
    uint64_t stack[16];
    unsigned top = 0;
    for (;; at++) {
        switch ((enum code)at->code) {
        case PUSH:
            stack[top++] = at->operand;
            break;
        case LOAD:
            stack[top++] = variables[at->operand];
            break;
        case STORE:
            variables[at->operand] = stack[--top];
            break;
        case ADD:
            top--;
            stack[top - 1] += stack[top];
            break;
        case MUL:
            top--;
            stack[top - 1] *= stack[top];
            break;
        case HALVE:
            stack[top - 1] >>= 1;
            break;
        case ODD:
            stack[top - 1] &= 1;
            break;
        case LESS:
            top--;
            stack[top - 1] = stack[top - 1] < stack[top];
            break;
        case JUMP:
            at = &program[at->operand] - 1;
            break;
        case JUMP_IF_ZERO:
            if (stack[--top] == 0)
                at = &program[at->operand] - 1;
            break;
        case STOP:
            return;
        }
    }
}

int main(int argc, char **argv)
{
    uint64_t variables[VARIABLES] = {0};
    variables[END] = argc > 1 ? strtoul(argv[1], NULL, 0) : LIMIT;
    bench_begin("interpreter");
    interpret(program, variables);
    printf("result interpreter %" PRIu64 " %" PRIu64 "\n", variables[LONGEST], variables[BEST]);
    return bench_end("interpreter");
}
