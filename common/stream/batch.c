#include "stream/batch.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

struct batch *batch_new(const void *bytes, size_t n)
{
	struct batch *batch = must_alloc(sizeof *batch + n);
	batch->references = 1;
	batch->len = n;
	memcpy(batch->bytes, bytes, n);
	return batch;
}

struct batch *batch_ref(struct batch *batch)
{
	batch->references++;
	return batch;
}

void batch_unref(struct batch *batch)
{
	if (batch && --batch->references == 0)
		free(batch);
}
