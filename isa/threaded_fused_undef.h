/* Ends the meaning that whoever includes threaded_fused.def gave its macros. */
#undef NEXT_2
#undef NEXT_3
#undef NEXT_4
#undef NEXT_5
#undef JUMP_2
#undef JUMP_3
#undef JUMP_4
#undef JUMP_5
#undef BRANCH_2
#undef BRANCH_3
#undef BRANCH_4
#undef BRANCH_5
#undef COMPARE_2
#undef COMPARE_3
#undef COMPARE_4
#undef COMPARE_5
