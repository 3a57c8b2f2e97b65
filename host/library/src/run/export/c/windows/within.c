
/* The part of a window that lies within the values, along an axis: from its row or column *first to before *end.
   What lies outside is zeros, and adds nothing. */
static void model_within(int32_t start, int32_t length, int32_t size, int32_t *first, int32_t *end)
{
    *first = start < 0 ? -start : 0;
    *end = size - start < length ? size - start : length;
}
