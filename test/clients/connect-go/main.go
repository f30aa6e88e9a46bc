// A first client of Oaktree in Go, with connect-go: it uploads an image, starts a
// server from it, waits until the server runs, and takes everything away again.
// It speaks the Connect protocol, for which HTTP/1.1 is enough;
// connect.WithGRPC() as an option of the clients makes it gRPC.
//
//	OAKTREE_ADDRESS  host:port of the Oaktree; unset: the endpoint in the credentials file
//	OAKTREE_TOKEN    its personal token, or your Keystone token; or
//	OAKTREE_CREDENTIALS  a credentials file, whose default entry is used
//	OAKTREE_CLOUD    the cloud to use; needed where there are several
//	OAKTREE_REGION   the region to use; needed where the cloud has several
//	OAKTREE_CA       file with the certificate authority of the Oaktree; unset: no TLS
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"google.golang.org/genproto/googleapis/rpc/errdetails"

	oaktree "oaktree.example/connect/gen/oaktree/v1"
	"oaktree.example/connect/gen/oaktree/v1/oaktreev1connect"
)

const (
	flavor  = "m1.nano"
	network = "private"
	// Nobody has the private half of this key. Put your own here.
	publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFyFG4xCoFY4VOyaXmiWt7bDUG5pr+avCvROrAHHpKDi first@oaktree"
	// Bytes in one message of an upload. Messages may have 4 MiB at most.
	chunkSize = 512 * 1024
)

func main() {
	// Ctrl-C ends the call that is under way; what was made is then taken away.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The deadline goes to Oaktree with every call, and from there to the cloud.
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "failed:", err)
		os.Exit(1)
	}
}

// run goes through the scenario. It gives an error unless it saw every step.
func run(ctx context.Context) (err error) {
	entry, err := readEntry()
	if err != nil {
		return err
	}
	address, err := address(entry)
	if err != nil {
		return err
	}
	http, url, err := dial(address)
	if err != nil {
		return err
	}
	token, err := readToken(ctx, http, entry)
	if err != nil {
		return err
	}
	options := connect.WithInterceptors(caller{token, os.Getenv("OAKTREE_CLOUD")})
	c := client{
		compute: oaktreev1connect.NewComputeServiceClient(http, url, options),
		images:  oaktreev1connect.NewImageServiceClient(http, url, options),
		where: &oaktree.LocationSelector{
			Cloud:  os.Getenv("OAKTREE_CLOUD"),
			Region: os.Getenv("OAKTREE_REGION"),
		},
		since: time.Now(),
	}
	// One new name for all that is made, so that runs do not meet.
	name := "first-connect-go-" + strings.ToLower(rand.Text()[:10])
	defer func() { err = errors.Join(err, c.cleanUp(context.WithoutCancel(ctx), name)) }()

	flavors, err := c.listFlavors(ctx)
	if err != nil {
		return fmt.Errorf("list flavors: %w", err)
	}
	c.seen("flavors: %s", strings.Join(flavors, ", "))

	images, err := c.listImages(ctx)
	if err != nil {
		return fmt.Errorf("list images: %w", err)
	}
	c.seen("images: %s", strings.Join(images, ", "))

	data := make([]byte, 3<<20)
	rand.Read(data)
	image, err := c.upload(ctx, name, data)
	if err != nil {
		return fmt.Errorf("upload image: %w", err)
	}
	if image.GetStatus() != oaktree.ImageStatus_IMAGE_STATUS_ACTIVE {
		return fmt.Errorf("upload image: it is %s", image.GetStatusText())
	}
	c.seen("uploaded image %s, %d bytes", image.GetId(), image.GetSizeBytes())

	keypair, err := c.compute.CreateKeypair(ctx, &oaktree.CreateKeypairRequest{
		Location: c.where, Name: name, PublicKey: publicKey,
	})
	if err != nil {
		return fmt.Errorf("create keypair: %w", err)
	}
	c.seen("created keypair %s", keypair.GetKeypair().GetFingerprint())

	created, err := c.compute.CreateServer(ctx, &oaktree.CreateServerRequest{
		Location: c.where, Name: name, Image: image.GetId(), Flavor: flavor,
		Networks: []string{network}, KeyName: name,
	})
	if err != nil {
		return fmt.Errorf("create server: %w", err)
	}
	id := created.GetServer().GetId()
	c.seen("created server %s", id)

	server, err := c.wait(ctx, id, oaktree.ServerStatus_SERVER_STATUS_ACTIVE)
	if err != nil {
		return fmt.Errorf("wait for the server: %w", err)
	}
	if server.GetInterfaceIp() == "" {
		return errors.New("wait for the server: it has no address")
	}
	c.seen("server is %s at %s", server.GetStatusText(), server.GetInterfaceIp())

	back, err := c.download(ctx, image.GetId())
	if err != nil {
		return fmt.Errorf("download image: %w", err)
	}
	if !bytes.Equal(back, data) {
		return errors.New("download image: these are not the bytes that were uploaded")
	}
	c.seen("downloaded the image, %d bytes, the same", len(back))

	_, err = c.compute.DeleteServer(ctx, &oaktree.DeleteServerRequest{Location: c.where, NameOrId: id})
	if err != nil {
		return fmt.Errorf("delete server: %w", err)
	}
	if _, err = c.wait(ctx, id, oaktree.ServerStatus_SERVER_STATUS_DELETED); err != nil {
		return fmt.Errorf("wait for the server's end: %w", err)
	}
	_, err = c.compute.DeleteKeypair(ctx, &oaktree.DeleteKeypairRequest{Location: c.where, NameOrId: name})
	if err != nil {
		return fmt.Errorf("delete keypair: %w", err)
	}
	_, err = c.images.DeleteImage(ctx, &oaktree.DeleteImageRequest{Location: c.where, NameOrId: image.GetId()})
	if err != nil {
		return fmt.Errorf("delete image: %w", err)
	}
	c.seen("deleted server, keypair and image")

	_, err = c.compute.GetServer(ctx, &oaktree.GetServerRequest{Location: c.where, NameOrId: id})
	if reasonOf(err) != "NOT_FOUND" {
		return fmt.Errorf("the server should be gone, but: %v", err)
	}
	_, err = c.compute.GetKeypair(ctx, &oaktree.GetKeypairRequest{Location: c.where, NameOrId: name})
	if reasonOf(err) != "NOT_FOUND" {
		return fmt.Errorf("the keypair should be gone, but: %v", err)
	}
	_, err = c.images.GetImage(ctx, &oaktree.GetImageRequest{Location: c.where, NameOrId: image.GetId()})
	if reasonOf(err) != "NOT_FOUND" {
		return fmt.Errorf("the image should be gone, but: %v", err)
	}
	c.seen("all are gone")
	return nil
}

// dial gives what sends the requests, and where to.
func dial(address string) (*http.Client, string, error) {
	file := os.Getenv("OAKTREE_CA")
	if file == "" {
		return http.DefaultClient, "http://" + address, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, "", err
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(pem) {
		return nil, "", fmt.Errorf("%s holds no certificate", file)
	}
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: authorities},
		ForceAttemptHTTP2: true,
	}
	return &http.Client{Transport: transport}, "https://" + address, nil
}

// entry is what the programs need of one in the credentials file.
type entry struct {
	Endpoint string `json:"endpoint"`
	ID       string `json:"client_id"`
	Secret   string `json:"client_secret"`
	URL      string `json:"token_endpoint"`
}

// readEntry gives the default entry of the credentials file; nil without a file.
func readEntry() (*entry, error) {
	path := os.Getenv("OAKTREE_CREDENTIALS")
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var entries map[string]*entry
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, err
	}
	if entries["default"] == nil {
		return nil, fmt.Errorf("%s has no default entry", path)
	}
	return entries["default"], nil
}

// address gives where the Oaktree is: what the environment says, or the file.
func address(entry *entry) (string, error) {
	if address := os.Getenv("OAKTREE_ADDRESS"); address != "" || entry == nil {
		return address, nil
	}
	endpoint, err := url.Parse(entry.Endpoint)
	if err != nil {
		return "", err
	}
	return endpoint.Host, nil
}

// readToken gives the token that the calls are made with: one that is there, or an
// access token for the credentials file.
func readToken(ctx context.Context, client *http.Client, entry *entry) (string, error) {
	if entry == nil {
		return os.Getenv("OAKTREE_TOKEN"), nil
	}
	config := clientcredentials.Config{ClientID: entry.ID, ClientSecret: entry.Secret, TokenURL: entry.URL}
	token, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
	if err != nil {
		return "", err
	}
	return token.AccessToken, nil
}

// caller is sent with every call: the token, and the cloud that it belongs to,
// which only a Keystone token needs.
type caller struct{ token, cloud string }

func (c caller) addTo(headers http.Header) {
	headers.Set("authorization", "Bearer "+c.token)
	if c.cloud != "" {
		headers.Set("x-oaktree-cloud", c.cloud)
	}
}

func (c caller) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, request connect.AnyRequest) (connect.AnyResponse, error) {
		c.addTo(request.Header())
		return next(ctx, request)
	}
}

func (c caller) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return func(ctx context.Context, spec connect.Spec) connect.StreamingClientConn {
		stream := next(ctx, spec)
		c.addTo(stream.RequestHeader())
		return stream
	}
}

func (caller) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}

type client struct {
	compute oaktreev1connect.ComputeServiceClient
	images  oaktreev1connect.ImageServiceClient
	where   *oaktree.LocationSelector
	since   time.Time
}

// seen prints what was done and how long it took.
func (c *client) seen(format string, args ...any) {
	fmt.Printf("%6.2f s  %s\n", time.Since(c.since).Seconds(), fmt.Sprintf(format, args...))
	c.since = time.Now()
}

// listFlavors gives the names of all flavors. Lists come in pages: the last one
// has no token for a next one.
func (c *client) listFlavors(ctx context.Context) (names []string, err error) {
	for token := ""; ; {
		page, err := c.compute.ListFlavors(ctx, &oaktree.ListFlavorsRequest{Location: c.where, PageToken: token})
		if err != nil {
			return nil, err
		}
		for _, flavor := range page.GetFlavors() {
			names = append(names, flavor.GetName())
		}
		if token = page.GetNextPageToken(); token == "" {
			return names, nil
		}
	}
}

func (c *client) listImages(ctx context.Context) (names []string, err error) {
	for token := ""; ; {
		page, err := c.images.ListImages(ctx, &oaktree.ListImagesRequest{Location: c.where, PageToken: token})
		if err != nil {
			return nil, err
		}
		for _, image := range page.GetImages() {
			names = append(names, image.GetName())
		}
		if token = page.GetNextPageToken(); token == "" {
			return names, nil
		}
	}
}

// upload streams an image: first what it is to be, then its bytes.
func (c *client) upload(ctx context.Context, name string, data []byte) (*oaktree.Image, error) {
	stream, err := c.images.UploadImage(ctx)
	if err != nil {
		return nil, err
	}
	size := int64(len(data))
	messages := []*oaktree.UploadImageRequest{{
		Location: c.where,
		Part: &oaktree.UploadImageRequest_Image{
			Image: &oaktree.NewImage{Name: name, DiskFormat: "raw", SizeBytes: &size},
		},
	}}
	for len(data) > 0 {
		chunk := data[:min(chunkSize, len(data))]
		data = data[len(chunk):]
		messages = append(messages, &oaktree.UploadImageRequest{
			Part: &oaktree.UploadImageRequest_Data{Data: chunk},
		})
	}
	for _, message := range messages {
		// EOF says that the call has ended early; CloseAndReceive tells why.
		if err := stream.Send(message); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
	}
	answer, err := stream.CloseAndReceive()
	return answer.GetImage(), err
}

// download gives an image's bytes. Oaktree has compared their digest with the
// cloud's when the stream ends without an error.
func (c *client) download(ctx context.Context, id string) (data []byte, err error) {
	stream, err := c.images.DownloadImage(ctx, &oaktree.DownloadImageRequest{Location: c.where, NameOrId: id})
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	for stream.Receive() {
		data = append(data, stream.Msg().GetData()...)
	}
	return data, stream.Err()
}

// wait follows a server until it has the status.
func (c *client) wait(ctx context.Context, id string, status oaktree.ServerStatus) (*oaktree.Server, error) {
	stream, err := c.compute.WaitForServer(ctx, &oaktree.WaitForServerRequest{
		Location: c.where, NameOrId: id, Status: status,
	})
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	for stream.Receive() {
		server := stream.Msg().GetServer()
		fmt.Printf("          %s %s\n", server.GetStatusText(), server.GetTaskState())
		if stream.Msg().GetDone() {
			return server, nil
		}
	}
	return nil, errors.Join(errors.New("the wait ended before its time"), stream.Err())
}

// cleanUp takes away what a run that failed has left. After a good one nothing is there.
func (c *client) cleanUp(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	_, server := c.compute.DeleteServer(ctx, &oaktree.DeleteServerRequest{
		Location: c.where, NameOrId: name, AllowMissing: true,
	})
	_, keypair := c.compute.DeleteKeypair(ctx, &oaktree.DeleteKeypairRequest{
		Location: c.where, NameOrId: name, AllowMissing: true,
	})
	_, image := c.images.DeleteImage(ctx, &oaktree.DeleteImageRequest{
		Location: c.where, NameOrId: name, AllowMissing: true,
	})
	return errors.Join(server, keypair, image)
}

// reasonOf gives the reason of an error of Oaktree's, a name of oaktree.v1.ErrorReason.
func reasonOf(err error) string {
	var failure *connect.Error
	if !errors.As(err, &failure) {
		return ""
	}
	for _, detail := range failure.Details() {
		message, err := detail.Value()
		if info, ok := message.(*errdetails.ErrorInfo); err == nil && ok && info.GetDomain() == "oaktree" {
			return info.GetReason()
		}
	}
	return ""
}
