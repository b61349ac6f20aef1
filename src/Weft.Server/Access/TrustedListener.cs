using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Weft.Server.Access;

/// <summary>Marks the connections of a listener that only root can reach.</summary>
static class TrustedListener
{
    sealed class Mark;

    public static void Trust(this ListenOptions listen) => listen.Use(next => connection =>
    {
        connection.Features.Set(new Mark());
        return next(connection);
    });

    public static bool IsTrusted(Microsoft.AspNetCore.Http.HttpContext http) => http.Features.Get<Mark>() is not null;
}
