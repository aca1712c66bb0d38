// Faults on purpose, for the tests: DSPREP_FAULT=N:ENOSPC lets the N-th operation that changes the
// disk fail (N from 1; ENOSPC, EIO, EROFS), DSPREP_FAULT=N:KILL ends the program there as kill -9
// does. See tests/FAULTS.md.
#pragma once

namespace dsprep {

/// Looks at the environment and sets the hook of formats/common/file.h. Throws kUsage where the
/// variable makes no sense.
void set_fault_from_environment();

}  // namespace dsprep
