#pragma once

#include <c10/core/Device.h>

#include <string>

namespace lama::internal::networks {

/// The device called torch-cpu (or cpu), cuda or cuda:N. Throws Error, which lists the available
/// devices, if it is not among them.
c10::Device find_device(const std::string& name);

/// "auto": a graphics card for each process of a machine, if there are as many, else the CPU; and
/// any other name, of which cuda means the card of this process too.
c10::Device find_device_for(const std::string& name, int local_rank, int local_size);

}  // namespace lama::internal::networks
