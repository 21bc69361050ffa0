#include "CMemory.h"

#include <malloc.h>

size_t cm_allocated(void) {
    const struct mallinfo2 state = mallinfo2();
    return state.uordblks + state.hblkhd;
}
