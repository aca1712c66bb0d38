// A job on the processor: what a kernel does, thread by thread, one after the other. The stand-in
// runs it, and tests compare GPUs with it. Pure functions of the job's memory.
#pragma once

#include "lib/gpu/pixel_job.h"
#include "lib/gpu/token_job.h"

namespace dsprep::cuda {

void run_on_host(const PixelJob& job);
void run_on_host(const TokenJob& job);

}  // namespace dsprep::cuda
