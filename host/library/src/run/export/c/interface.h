
#ifdef MODEL_SELF_TEST
/* How many of the rows that travel with the model have other outputs than they should: 0 where all is well. */
int model_self_test(void);
#endif

#ifdef __cplusplus
}
#endif

#endif
