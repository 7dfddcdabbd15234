-- Wireshark and tshark: shows the probe of hopcost (doc/probe-format.md) at the end of any packet.
--
-- A post-dissector, since the probe is found from the packet's end and not from its ports: where the outermost IP packet
-- ends, or else the frame, exactly as wire/find_probe.cc does. Works on any link type that Wireshark knows.
-- SPDX-License-Identifier: BSD-3-Clause

local kProbeBytes = 18
local kMagicVersion = 0x4c71
local kReflected = 0x4c72 -- version 2: a reflector sent it back
local kWrapNs = Int64.new(0x80000000) * 16 -- a reflected probe's transmit time has 35 bits
local kLimitNs = Int64.new(100) * 1000000000 -- since_tx beyond 100 s: not the same clock

local hopcost = Proto("hopcost", "hopcost probe")
local fields = {
  flow = ProtoField.uint16("hopcost.flow", "Flow"),
  sequence = ProtoField.uint64("hopcost.sequence", "Sequence"),
  tx_time = ProtoField.absolute_time("hopcost.tx_time", "Transmit time", base.UTC),
  tx_ns = ProtoField.uint64("hopcost.tx_ns", "Transmit time, ns since 1970"),
  since_tx = ProtoField.int64("hopcost.since_tx", "Since transmission, ns (one clock alone)"),
  reflected = ProtoField.bool("hopcost.reflected", "Reflected"),
  residence = ProtoField.uint32("hopcost.residence_ns", "Residence in the reflector, ns"),
}
hopcost.fields = { fields.flow, fields.sequence, fields.tx_time, fields.tx_ns, fields.since_tx, fields.reflected,
  fields.residence }

local all_ip4, all_ip6 = Field.new("ip"), Field.new("ipv6")
local total_length, payload_length = Field.new("ip.len"), Field.new("ipv6.plen")
local more4, offset4, more6 = Field.new("ip.flags.mf"), Field.new("ip.frag_offset"), Field.new("ipv6.fraghdr.more")
local icmp_type, icmp6_type = Field.new("icmp.type"), Field.new("icmpv6.type")
local arrival = Field.new("frame.time_epoch")

-- The first of a field's values, which is the outermost one; nil when the frame has none.
local function first(field)
  local value = field()
  return value and value.value
end

-- One past the outermost IP packet, or the frame's end; nil when no probe can be there.
local function packet_end(size)
  local ip4, ip6 = all_ip4(), all_ip6()
  if ip4 and (not ip6 or ip4.offset < ip6.offset) then
    local length, kind = first(total_length), first(icmp_type)
    if length == 0 then return size end
    if first(more4) or (kind and kind ~= 0 and kind ~= 8 and icmp_type().offset == ip4.offset + ip4.len) then return nil end
    return ip4.offset + length
  elseif ip6 then
    local length, kind = first(payload_length), first(icmp6_type)
    if length == 0 then return size end
    if first(more6) or (kind and kind < 128 and icmp6_type().offset == ip6.offset + 40) then return nil end
    return ip6.offset + 40 + length
  end
  return size
end

local function arrival_ns()
  local now = arrival().value
  return Int64.new(now.secs) * 1000000000 + Int64.new(now.nsecs)
end

local function since_tx(tx_ns)
  local ns = arrival_ns() - Int64.new(tx_ns:lower(), tx_ns:higher())
  if ns > kLimitNs or ns < -kLimitNs then return nil end
  return ns
end

-- The transmit time nearest to the arrival that ends in these 35 bits, and the residence above them.
local function split_time(word)
  local low = Int64.new(word:lower(), word:higher() % 8)
  local near = arrival_ns()
  local ahead = (low - near) % kWrapNs
  if ahead < 0 then ahead = ahead + kWrapNs end
  if ahead * 2 >= kWrapNs then ahead = ahead - kWrapNs end
  local tx = near + ahead
  return UInt64.new(tx:lower(), tx:higher() % 0x100000000), math.floor(word:higher() / 8)
end

function hopcost.dissector(tvb, pinfo, tree)
  local till = packet_end(tvb:reported_len())
  if not till or till < kProbeBytes or till > tvb:len() then return end
  local at = till - kProbeBytes
  local tx = tvb(at + 10, 8)
  local version = tvb(at, 2):uint()
  local reflected = version == kReflected
  if (not reflected and version ~= kMagicVersion) or tvb(at + 10, 1):uint() >= 64 then return end
  local probe = tree:add(hopcost, tvb(at, kProbeBytes))
  local tx_ns, residence = tx:uint64(), nil
  if reflected then tx_ns, residence = split_time(tx_ns) end
  probe:add(fields.flow, tvb(at + 2, 2))
  probe:add(fields.sequence, tvb(at + 4, 6), tvb(at + 4, 6):uint64())
  local billion = UInt64.new(1000000000)
  probe:add(fields.tx_time, tx, NSTime.new((tx_ns / billion):tonumber(), (tx_ns % billion):tonumber()))
  probe:add(fields.tx_ns, tx, tx_ns)
  probe:add(fields.reflected, tvb(at, 2), reflected)
  if residence then probe:add(fields.residence, tx, residence) end
  local since = since_tx(tx_ns)
  if since then probe:add(fields.since_tx, tx, since):set_generated() end
  probe:append_text((", flow %d, sequence %s"):format(tvb(at + 2, 2):uint(), tostring(tvb(at + 4, 6):uint64())))
end

register_postdissector(hopcost)
