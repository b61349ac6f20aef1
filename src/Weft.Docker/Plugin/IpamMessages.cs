namespace Weft.Docker.Plugin;

// What libnetwork's remote IPAM driver sends and wants back. Its errors are in "Error", not in "Err".

record IpamResponse
{
    public string? Error { get; init; }
}

sealed record IpamCapabilitiesResponse : IpamResponse
{
    public bool RequiresMACAddress { get; init; }

    /// <summary>Whether Docker asks for everything again after its restart. The server keeps it for us.</summary>
    public bool RequiresRequestReplay { get; init; }
}

sealed record AddressSpacesResponse : IpamResponse
{
    public required string LocalDefaultAddressSpace { get; init; }

    public required string GlobalDefaultAddressSpace { get; init; }
}

sealed record RequestPoolRequest
{
    public string? AddressSpace { get; init; }

    /// <summary>Empty: any.</summary>
    public string? Pool { get; init; }

    public string? SubPool { get; init; }

    public Dictionary<string, string>? Options { get; init; }

    public bool V6 { get; init; }
}

sealed record RequestPoolResponse : IpamResponse
{
    public string? PoolID { get; init; }

    public string? Pool { get; init; }

    public Dictionary<string, string>? Data { get; init; }
}

sealed record ReleasePoolRequest
{
    public required string PoolID { get; init; }
}

sealed record RequestAddressRequest
{
    public required string PoolID { get; init; }

    /// <summary>Empty: any.</summary>
    public string? Address { get; init; }

    public Dictionary<string, string>? Options { get; init; }
}

sealed record RequestAddressResponse : IpamResponse
{
    /// <summary>With prefix length.</summary>
    public string? Address { get; init; }

    public Dictionary<string, string>? Data { get; init; }
}

sealed record ReleaseAddressRequest
{
    public required string PoolID { get; init; }

    public string? Address { get; init; }
}
