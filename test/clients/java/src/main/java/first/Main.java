package first;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import io.grpc.CallCredentials;
import io.grpc.ChannelCredentials;
import io.grpc.Deadline;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.BlockingClientCall;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import oaktree.v1.ComputeServiceGrpc;
import oaktree.v1.CreateKeypairRequest;
import oaktree.v1.CreateServerRequest;
import oaktree.v1.DeleteImageRequest;
import oaktree.v1.DeleteKeypairRequest;
import oaktree.v1.DeleteServerRequest;
import oaktree.v1.DownloadImageRequest;
import oaktree.v1.GetImageRequest;
import oaktree.v1.GetKeypairRequest;
import oaktree.v1.GetServerRequest;
import oaktree.v1.Image;
import oaktree.v1.ImageServiceGrpc;
import oaktree.v1.ImageStatus;
import oaktree.v1.ListFlavorsRequest;
import oaktree.v1.ListImagesRequest;
import oaktree.v1.LocationSelector;
import oaktree.v1.NewImage;
import oaktree.v1.Server;
import oaktree.v1.ServerStatus;
import oaktree.v1.UploadImageRequest;
import oaktree.v1.UploadImageResponse;
import oaktree.v1.WaitForServerRequest;

/**
 * A first client of Oaktree in Java: it uploads an image, starts a server from it, waits until the
 * server runs, and takes everything away again.
 *
 * <pre>
 * OAKTREE_ADDRESS  host:port of the Oaktree; unset: the endpoint in the credentials file
 * OAKTREE_TOKEN    its personal token, or your Keystone token; or
 * OAKTREE_CREDENTIALS  a credentials file, whose default entry is used
 * OAKTREE_CLOUD    the cloud to use; needed where there are several
 * OAKTREE_REGION   the region to use; needed where the cloud has several
 * OAKTREE_CA       file with the certificate authority of the Oaktree; unset: no TLS
 * </pre>
 */
public final class Main {
  private static final String FLAVOR = "m1.nano";
  private static final String NETWORK = "private";
  // Nobody has the private half of this key. Put your own here.
  private static final String PUBLIC_KEY =
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFyFG4xCoFY4VOyaXmiWt7bDUG5pr+avCvROrAHHpKDi first@oaktree";
  // Bytes in one message of an upload. Messages may have 4 MiB at most.
  private static final int CHUNK = 512 * 1024;

  private final ComputeServiceGrpc.ComputeServiceBlockingV2Stub compute;
  private final ImageServiceGrpc.ImageServiceBlockingV2Stub images;
  private final LocationSelector where =
      LocationSelector.newBuilder().setCloud(setting("OAKTREE_CLOUD")).setRegion(setting("OAKTREE_REGION")).build();
  // One new name for all that is made, so that runs do not meet.
  private final String name = "first-java-" + Long.toHexString(new Random().nextLong());
  private long since = System.nanoTime();

  private Main(ManagedChannel channel) throws Exception {
    // The deadline goes to Oaktree with every call, and from there to the cloud.
    Deadline deadline = Deadline.after(5, TimeUnit.MINUTES);
    Token token = new Token(readToken(), setting("OAKTREE_CLOUD"));
    compute =
        ComputeServiceGrpc.newBlockingV2Stub(channel).withCallCredentials(token).withDeadline(deadline);
    images = ImageServiceGrpc.newBlockingV2Stub(channel).withCallCredentials(token).withDeadline(deadline);
  }

  public static void main(String[] arguments) throws Exception {
    ManagedChannel channel = Grpc.newChannelBuilder(address(), credentials()).build();
    Main client = new Main(channel);
    // After a good run nothing is left; a terminated one takes away what it made, too.
    Thread cleanUp = new Thread(client::cleanUp);
    Runtime.getRuntime().addShutdownHook(cleanUp);
    client.run();
    Runtime.getRuntime().removeShutdownHook(cleanUp);
    channel.shutdownNow();
  }

  private void run() throws Exception {
    List<String> flavors = new ArrayList<>();
    String page = "";
    // Lists come in pages: the last one has no token for a next one.
    do {
      var answer =
          compute.listFlavors(ListFlavorsRequest.newBuilder().setLocation(where).setPageToken(page).build());
      answer.getFlavorsList().forEach(flavor -> flavors.add(flavor.getName()));
      page = answer.getNextPageToken();
    } while (!page.isEmpty());
    seen("flavors: " + String.join(", ", flavors));

    List<String> names = new ArrayList<>();
    do {
      var answer = images.listImages(ListImagesRequest.newBuilder().setLocation(where).setPageToken(page).build());
      answer.getImagesList().forEach(image -> names.add(image.getName()));
      page = answer.getNextPageToken();
    } while (!page.isEmpty());
    seen("images: " + String.join(", ", names));

    byte[] data = new byte[3 << 20];
    new Random().nextBytes(data);
    Image image = upload(data);
    check(image.getStatus() == ImageStatus.IMAGE_STATUS_ACTIVE, "the image is " + image.getStatusText());
    seen("uploaded image " + image.getId() + ", " + image.getSizeBytes() + " bytes");

    var keypair =
        compute.createKeypair(
            CreateKeypairRequest.newBuilder().setLocation(where).setName(name).setPublicKey(PUBLIC_KEY).build());
    seen("created keypair " + keypair.getKeypair().getFingerprint());

    var created =
        compute.createServer(
            CreateServerRequest.newBuilder()
                .setLocation(where)
                .setName(name)
                .setImage(image.getId())
                .setFlavor(FLAVOR)
                .addNetworks(NETWORK)
                .setKeyName(name)
                .build());
    String id = created.getServer().getId();
    seen("created server " + id);

    Server server = waitFor(id, ServerStatus.SERVER_STATUS_ACTIVE);
    check(!server.getInterfaceIp().isEmpty(), "the server has no address");
    seen("server is " + server.getStatusText() + " at " + server.getInterfaceIp());

    byte[] back = download(image.getId());
    check(java.util.Arrays.equals(back, data), "the image's bytes are not those that were uploaded");
    seen("downloaded the image, " + back.length + " bytes, the same");

    compute.deleteServer(DeleteServerRequest.newBuilder().setLocation(where).setNameOrId(id).build());
    waitFor(id, ServerStatus.SERVER_STATUS_DELETED);
    compute.deleteKeypair(DeleteKeypairRequest.newBuilder().setLocation(where).setNameOrId(name).build());
    images.deleteImage(DeleteImageRequest.newBuilder().setLocation(where).setNameOrId(image.getId()).build());
    seen("deleted server, keypair and image");

    checkGone(() -> compute.getServer(GetServerRequest.newBuilder().setLocation(where).setNameOrId(id).build()));
    checkGone(() -> compute.getKeypair(GetKeypairRequest.newBuilder().setLocation(where).setNameOrId(name).build()));
    checkGone(
        () -> images.getImage(GetImageRequest.newBuilder().setLocation(where).setNameOrId(image.getId()).build()));
    seen("all are gone");
  }

  /** Streams an image: first what it is to be, then its bytes. */
  private Image upload(byte[] data) throws Exception {
    BlockingClientCall<UploadImageRequest, UploadImageResponse> call = images.uploadImage();
    NewImage image =
        NewImage.newBuilder().setName(name).setDiskFormat("raw").setSizeBytes(data.length).build();
    boolean open = call.write(UploadImageRequest.newBuilder().setLocation(where).setImage(image).build());
    for (int start = 0; open && start < data.length; start += CHUNK) {
      ByteString chunk = ByteString.copyFrom(data, start, Math.min(CHUNK, data.length - start));
      // False says that the call has ended early; read tells why.
      open = call.write(UploadImageRequest.newBuilder().setData(chunk).build());
    }
    call.halfClose();
    return call.read().getImage();
  }

  /** An image's bytes. Oaktree has compared their digest with the cloud's when the stream ends without an error. */
  private byte[] download(String id) throws Exception {
    var call = images.downloadImage(DownloadImageRequest.newBuilder().setLocation(where).setNameOrId(id).build());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (var message = call.read(); message != null; message = call.read()) {
      message.getData().writeTo(bytes);
    }
    return bytes.toByteArray();
  }

  /** Follows a server until it has the status. */
  private Server waitFor(String id, ServerStatus status) throws Exception {
    var call =
        compute.waitForServer(
            WaitForServerRequest.newBuilder().setLocation(where).setNameOrId(id).setStatus(status).build());
    for (var change = call.read(); change != null; change = call.read()) {
      Server server = change.getServer();
      System.out.println("          " + server.getStatusText() + " " + server.getTaskState());
      if (change.getDone()) {
        return server;
      }
    }
    throw new IllegalStateException("the wait ended before its time");
  }

  private void cleanUp() {
    Deadline minute = Deadline.after(1, TimeUnit.MINUTES);
    List<Call> calls =
        List.of(
            () ->
                compute
                    .withDeadline(minute)
                    .deleteServer(
                        DeleteServerRequest.newBuilder()
                            .setLocation(where)
                            .setNameOrId(name)
                            .setAllowMissing(true)
                            .build()),
            () ->
                compute
                    .withDeadline(minute)
                    .deleteKeypair(
                        DeleteKeypairRequest.newBuilder()
                            .setLocation(where)
                            .setNameOrId(name)
                            .setAllowMissing(true)
                            .build()),
            () ->
                images
                    .withDeadline(minute)
                    .deleteImage(
                        DeleteImageRequest.newBuilder()
                            .setLocation(where)
                            .setNameOrId(name)
                            .setAllowMissing(true)
                            .build()));
    for (Call call : calls) {
      try {
        call.run();
      } catch (Exception error) {
        System.err.println("cannot clean up: " + error.getMessage());
      }
    }
  }

  private interface Call {
    Object run() throws Exception;
  }

  private static void checkGone(Call call) throws Exception {
    try {
      call.run();
    } catch (StatusException | StatusRuntimeException error) {
      check(reasonOf(error).equals("NOT_FOUND"), "it should be gone, but: " + error.getMessage());
      return;
    }
    check(false, "it should be gone");
  }

  /** The reason of an error of Oaktree's, a name of oaktree.v1.ErrorReason. */
  private static String reasonOf(Exception error) throws Exception {
    var status = StatusProto.fromThrowable(error);
    for (var detail : status.getDetailsList()) {
      if (detail.is(ErrorInfo.class) && detail.unpack(ErrorInfo.class).getDomain().equals("oaktree")) {
        return detail.unpack(ErrorInfo.class).getReason();
      }
    }
    return "";
  }

  private static ChannelCredentials credentials() throws Exception {
    String authority = setting("OAKTREE_CA");
    return authority.isEmpty()
        ? InsecureChannelCredentials.create()
        : TlsChannelCredentials.newBuilder().trustManager(new File(authority)).build();
  }

  /** The default entry of the credentials file. */
  private static JsonObject entry() throws Exception {
    String text = Files.readString(Path.of(setting("OAKTREE_CREDENTIALS")));
    return JsonParser.parseString(text).getAsJsonObject().getAsJsonObject("default");
  }

  /** Where the Oaktree is: what the environment says, or the credentials file. */
  private static String address() throws Exception {
    String address = setting("OAKTREE_ADDRESS");
    return address.isEmpty() ? URI.create(entry().get("endpoint").getAsString()).getAuthority() : address;
  }

  /** A token that is there, or an access token for the credentials file. */
  private static String readToken() throws Exception {
    if (setting("OAKTREE_CREDENTIALS").isEmpty()) {
      return setting("OAKTREE_TOKEN");
    }
    JsonObject entry = entry();
    String pair = entry.get("client_id").getAsString() + ":" + entry.get("client_secret").getAsString();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(entry.get("token_endpoint").getAsString()))
            .header("authorization", "Basic " + Base64.getEncoder().encodeToString(pair.getBytes()))
            .header("content-type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString("grant_type=client_credentials"))
            .build();
    String answer = httpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
    return JsonParser.parseString(answer).getAsJsonObject().get("access_token").getAsString();
  }

  /** A client that trusts the authority of the Oaktree. */
  private static HttpClient httpClient() throws Exception {
    String authority = setting("OAKTREE_CA");
    if (authority.isEmpty()) {
      return HttpClient.newHttpClient();
    }
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null);
    try (InputStream pem = Files.newInputStream(Path.of(authority))) {
      trusted.setCertificateEntry(
          "oaktree", CertificateFactory.getInstance("X.509").generateCertificate(pem));
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    return HttpClient.newBuilder().sslContext(tls).build();
  }

  /** Sent with every call: the token, and the cloud that it belongs to, which only a Keystone token needs. */
  private static final class Token extends CallCredentials {
    private final Metadata headers = new Metadata();

    Token(String token, String cloud) {
      headers.put(header("authorization"), "Bearer " + token);
      if (!cloud.isEmpty()) {
        headers.put(header("x-oaktree-cloud"), cloud);
      }
    }

    // To refuse clear text, which is for loopback only, look at info.getSecurityLevel() here.
    @Override
    public void applyRequestMetadata(RequestInfo info, Executor executor, MetadataApplier applier) {
      applier.apply(headers);
    }

    private static Metadata.Key<String> header(String name) {
      return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }
  }

  /** Prints what was done and how long it took. */
  private void seen(String what) {
    System.out.printf("%6.2f s  %s%n", (System.nanoTime() - since) / 1e9, what);
    since = System.nanoTime();
  }

  private static void check(boolean condition, String message) {
    if (!condition) {
      throw new IllegalStateException(message);
    }
  }

  private static String setting(String name) {
    return System.getenv().getOrDefault(name, "");
  }
}
