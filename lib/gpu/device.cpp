#include "lib/gpu/device.h"

namespace dsprep::cuda {

std::string device_name(const Device& device) { return device.name(); }

void synchronize(Device& device, Stream stream) {
  const Owned<Event> passed = own_event(device);
  device.record(passed.get(), stream);
  device.synchronize(passed.get());
}

}  // namespace dsprep::cuda
