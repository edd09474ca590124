import io
import sys
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint = sys.argv[1]
s3 = boto3.client("s3", endpoint_url=endpoint)
s3.create_bucket(Bucket="boto", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

s3.put_object(Bucket="boto", Key="a b/ü+.txt", Body=b"hello", Metadata={"who": "me"}, ContentType="text/plain")
got = s3.get_object(Bucket="boto", Key="a b/ü+.txt")
assert got["Body"].read() == b"hello" and got["Metadata"] == {"who": "me"}
assert s3.get_object(Bucket="boto", Key="a b/ü+.txt", Range="bytes=1-2")["Body"].read() == b"el"

for number in range(25):
    s3.put_object(Bucket="boto", Key=f"n/{number:02}", Body=b"x")
pages = s3.get_paginator("list_objects_v2").paginate(Bucket="boto", Prefix="n/", PaginationConfig={"PageSize": 10})
keys = [item["Key"] for page in pages for item in page["Contents"]]
assert keys == [f"n/{number:02}" for number in range(25)], keys

big = bytes(range(256)) * 45_000
config = TransferConfig(multipart_threshold=5 * 2**20, multipart_chunksize=5 * 2**20)
s3.upload_fileobj(io.BytesIO(big), "boto", "big", Config=config)
down = io.BytesIO()
s3.download_fileobj("boto", "big", down, Config=config)
assert down.getvalue() == big
assert s3.head_object(Bucket="boto", Key="big")["ETag"].endswith('-3"')

signing = boto3.client("s3", endpoint_url=endpoint, config=Config(signature_version="s3v4"))
url = signing.generate_presigned_url("get_object", {"Bucket": "boto", "Key": "n/00"})
assert urllib.request.urlopen(url).read() == b"x"

try:
    s3.get_object(Bucket="boto", Key="nothing")
    raise AssertionError("not refused")
except ClientError as error:
    assert error.response["Error"]["Code"] == "NoSuchKey"
    assert error.response["Error"]["Message"] == "The specified key does not exist."

s3.delete_objects(Bucket="boto", Delete={"Objects": [{"Key": key} for key in keys]})
bucket = boto3.resource("s3", endpoint_url=endpoint).Bucket("boto")
assert sorted(item.key for item in bucket.objects.all()) == ["a b/ü+.txt", "big"]
print("ok")
