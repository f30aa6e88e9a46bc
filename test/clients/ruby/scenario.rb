# A first client of Oaktree in Ruby: it uploads an image, starts a server from it,
# waits until the server runs, and takes everything away again.
#
# OAKTREE_ADDRESS  host:port of the Oaktree; unset: the endpoint in the credentials file
# OAKTREE_TOKEN    its personal token, or your Keystone token; or
# OAKTREE_CREDENTIALS  a credentials file, whose default entry is used
# OAKTREE_CLOUD    the cloud to use; needed where there are several
# OAKTREE_REGION   the region to use; needed where the cloud has several
# OAKTREE_CA       file with the certificate authority of the Oaktree; unset: no TLS
require "grpc"
require "google/protobuf/well_known_types"
require "google/rpc/error_details_pb"
require "google/rpc/status_pb"
require "json"
require "net/http"
require "openssl"
require "securerandom"
require "oaktree/v1/compute_services_pb"
require "oaktree/v1/image_services_pb"

include Oaktree::V1

FLAVOR = "m1.nano"
NETWORK = "private"
# Nobody has the private half of this key. Put your own here.
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFyFG4xCoFY4VOyaXmiWt7bDUG5pr+avCvROrAHHpKDi first@oaktree"
# Bytes in one message of an upload. Messages may have 4 MiB at most.
CHUNK = 512 * 1024

CLOUD = ENV.fetch("OAKTREE_CLOUD", "")
WHERE = LocationSelector.new(cloud: CLOUD, region: ENV.fetch("OAKTREE_REGION", ""))

# The default entry of the credentials file, if there is one.
path = ENV.fetch("OAKTREE_CREDENTIALS", "")
ENTRY = path.empty? ? nil : JSON.parse(File.read(path)).fetch("default")
ADDRESS = ENV.fetch("OAKTREE_ADDRESS") { URI(ENTRY.fetch("endpoint")).then { |url| "#{url.host}:#{url.port}" } }

# A token that is there, or an access token for the credentials file.
def read_token
  return ENV.fetch("OAKTREE_TOKEN") unless ENTRY

  url = URI(ENTRY.fetch("token_endpoint"))
  request = Net::HTTP::Post.new(url)
  request.basic_auth(ENTRY.fetch("client_id"), ENTRY.fetch("client_secret"))
  request.set_form_data("grant_type" => "client_credentials")
  tls = { use_ssl: url.scheme == "https", ca_file: ENV.fetch("OAKTREE_CA", nil) }
  answer = Net::HTTP.start(url.host, url.port, **tls) { |http| http.request(request) }
  JSON.parse(answer.body).fetch("access_token")
end

# Sent with every call. Without TLS gRPC's own call credentials are dropped
# silently, so the token goes as plain metadata. The cloud is the one that a
# Keystone token belongs to; a personal token does not need it.
METADATA = { "authorization" => "Bearer #{read_token}" }
METADATA["x-oaktree-cloud"] = CLOUD unless CLOUD.empty?

# A call's metadata and its deadline, which goes on to the cloud.
def within(seconds)
  { metadata: METADATA, deadline: Time.now + seconds }
end

def main
  authority = ENV.fetch("OAKTREE_CA", "")
  credentials =
    authority.empty? ? :this_channel_is_insecure : GRPC::Core::ChannelCredentials.new(File.read(authority))
  compute = ComputeService::Stub.new(ADDRESS, credentials)
  images = ImageService::Stub.new(ADDRESS, credentials)
  # One new name for all that is made, so that runs do not meet.
  name = "first-ruby-#{SecureRandom.hex(5)}"
  begin
    scenario(compute, images, name)
  ensure
    clean_up(compute, images, name)
  end
end

def scenario(compute, images, name)
  flavors = list_all { |token| compute.list_flavors(ListFlavorsRequest.new(location: WHERE, page_token: token), **within(60)) }
  seen "flavors: #{flavors.flat_map { |page| page.flavors.map(&:name) }.join(", ")}"
  listed = list_all { |token| images.list_images(ListImagesRequest.new(location: WHERE, page_token: token), **within(60)) }
  seen "images: #{listed.flat_map { |page| page.images.map(&:name) }.join(", ")}"

  data = Random.bytes(3 * 1024 * 1024)
  image = images.upload_image(upload(name, data), **within(60)).image
  check image.status == :IMAGE_STATUS_ACTIVE, "the image is #{image.status_text}"
  seen "uploaded image #{image.id}, #{image.size_bytes} bytes"

  keypair = compute.create_keypair(
    CreateKeypairRequest.new(location: WHERE, name: name, public_key: PUBLIC_KEY), **within(60)
  ).keypair
  seen "created keypair #{keypair.fingerprint}"

  server = compute.create_server(
    CreateServerRequest.new(
      location: WHERE, name: name, image: image.id, flavor: FLAVOR, networks: [NETWORK], key_name: name
    ),
    **within(60)
  ).server
  seen "created server #{server.id}"

  server = wait(compute, server.id, :SERVER_STATUS_ACTIVE)
  check !server.interface_ip.empty?, "the server has no address"
  seen "server is #{server.status_text} at #{server.interface_ip}"

  # Oaktree has compared the bytes' digest with the cloud's when the stream ends
  # without an error.
  download = images.download_image(DownloadImageRequest.new(location: WHERE, name_or_id: image.id), **within(300))
  back = download.map(&:data).join
  check back == data, "the image's bytes are not those that were uploaded"
  seen "downloaded the image, #{back.bytesize} bytes, the same"

  compute.delete_server(DeleteServerRequest.new(location: WHERE, name_or_id: server.id), **within(60))
  wait(compute, server.id, :SERVER_STATUS_DELETED)
  compute.delete_keypair(DeleteKeypairRequest.new(location: WHERE, name_or_id: name), **within(60))
  images.delete_image(DeleteImageRequest.new(location: WHERE, name_or_id: image.id), **within(60))
  seen "deleted server, keypair and image"

  check_gone { compute.get_server(GetServerRequest.new(location: WHERE, name_or_id: server.id), **within(60)) }
  check_gone { compute.get_keypair(GetKeypairRequest.new(location: WHERE, name_or_id: name), **within(60)) }
  check_gone { images.get_image(GetImageRequest.new(location: WHERE, name_or_id: image.id), **within(60)) }
  seen "all are gone"
end

# The pages of a list. The last has no next_page_token.
def list_all
  pages = []
  token = ""
  loop do
    pages << yield(token)
    token = pages.last.next_page_token
    return pages if token.empty?
  end
end

# The messages of an upload: first what the image is to be, then its bytes.
def upload(name, data)
  Enumerator.new do |messages|
    image = NewImage.new(name: name, disk_format: "raw", size_bytes: data.bytesize)
    messages << UploadImageRequest.new(location: WHERE, image: image)
    (0...data.bytesize).step(CHUNK) do |start|
      messages << UploadImageRequest.new(data: data.byteslice(start, CHUNK))
    end
  end
end

# Follows a server until it has the status.
def wait(compute, id, status)
  request = WaitForServerRequest.new(location: WHERE, name_or_id: id, status: status)
  compute.wait_for_server(request, **within(300)).each do |change|
    # A server that was gone before the call is not in the answer.
    puts "          #{change.server&.status_text} #{change.server&.task_state}"
    return change.server if change.done
  end
  abort "failed: the wait ended before its time"
end

def check_gone
  yield
rescue GRPC::BadStatus => error
  check reason_of(error) == "NOT_FOUND", "it should be gone, but: #{error.details}"
else
  check false, "it should be gone"
end

# The reason of an error of Oaktree's, a name of oaktree.v1.ErrorReason.
def reason_of(error)
  status = Google::Rpc::Status.decode(error.metadata.fetch("grpc-status-details-bin", ""))
  infos = status.details.select { |detail| detail.is(Google::Rpc::ErrorInfo) }
  infos.map { |info| info.unpack(Google::Rpc::ErrorInfo) }.find { |info| info.domain == "oaktree" }&.reason
end

# Takes away what a run that failed has left. After a good one nothing is there.
def clean_up(compute, images, name)
  what = { location: WHERE, name_or_id: name, allow_missing: true }
  [
    -> { compute.delete_server(DeleteServerRequest.new(**what), **within(60)) },
    -> { compute.delete_keypair(DeleteKeypairRequest.new(**what), **within(60)) },
    -> { images.delete_image(DeleteImageRequest.new(**what), **within(60)) }
  ].each do |call|
    call.call
  rescue GRPC::BadStatus => error
    warn "cannot clean up: #{error.details}"
  end
end

def check(condition, message)
  abort "failed: #{message}" unless condition
end

# Prints what was done and how long it took.
def seen(what)
  now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  puts format("%6.2f s  %s", now - ($since || now), what)
  $since = now
end

# So that each line is seen as it comes, and a terminated run cleans up as well
# as one that Ctrl-C interrupts.
$stdout.sync = true
trap("TERM") { exit 1 }
begin
  main
rescue GRPC::BadStatus => error
  abort "failed: #{error.class.name} (#{reason_of(error)}): #{error.details}"
end
