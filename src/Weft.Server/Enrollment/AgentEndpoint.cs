using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Weft.Server.Enrollment;

/// <summary>How Kestrel has to be set up for agents.</summary>
public static class AgentEndpoint
{
    /// <summary>A silent connection is asked after this long, and given up when half as long again has passed without an answer.</summary>
    static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    /// <summary>
    /// TLS with the cluster's certificate. A client may show one too; whether it is good is judged by what
    /// it asks for, so that the answer is a sentence and not a broken handshake.
    /// </summary>
    public static ListenOptions UseClusterTls(this ListenOptions listen, ServerCertificate certificate)
    {
        var life = listen.ApplicationServices.GetRequiredService<IHostApplicationLifetime>();
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.Use(next => connection => LastingHeartbeat.RunAsync(connection, next, life.ApplicationStopping));
        return listen.UseHttps(new HttpsConnectionAdapterOptions
        {
            ServerCertificateSelector = (_, _) => certificate.Current,
            ClientCertificateMode = ClientCertificateMode.AllowCertificate,
            ClientCertificateValidation = (_, _, _) => true,
        });
    }

    /// <summary>Lets the server notice within 15 seconds that a host has died without a word.</summary>
    public static void UseAgentKeepAlive(this KestrelServerOptions kestrel)
    {
        kestrel.Limits.Http2.KeepAlivePingDelay = Silence;
        kestrel.Limits.Http2.KeepAlivePingTimeout = 1.5 * Silence;
    }
}
